import { Net } from "./input.dlm"

block Head(n)(x: [B, D]) -> [B, n] {
  return x -> Dense(n)
}
