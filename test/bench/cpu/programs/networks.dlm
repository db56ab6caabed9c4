import { Mlp } from "./mlp.dlm"

model Product(a: [M, K], b: [K, N]) -> [M, N] {
  return a @ b
}

model Tiny(x: [1, 8]) -> [1, 4] {
  return x -> Dense(16) -> relu -> Dense(4)
}

train MlpTrainer {
  data x: [64, 784], label: int[64]
  let net = Mlp()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
}

/// What is classified is the last state.
model Classifier(x: [B, T, 128]) -> [B, 10] {
  return last(x -> scan T { Lstm(128) }, T) -> Dense(10)
}

train LstmTrainer {
  data x: [16, 64, 128], label: int[16]
  let net = Classifier()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
}
