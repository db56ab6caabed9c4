import { Head } from "./head.dlm"

model Net(x: [B, 8]) -> [B, 2] {
  return x -> Head(2)
}
