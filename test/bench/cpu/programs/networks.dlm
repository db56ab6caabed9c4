model Product(a: [M, K], b: [K, N]) -> [M, N] {
  return a @ b
}

model Tiny(x: [1, 8]) -> [1, 4] {
  return x -> Dense(16) -> relu -> Dense(4)
}

model Mlp(x: [B, 784]) -> [B, 10] {
  return x -> repeat width in [512, 256, 128] { Dense(width) -> relu } -> Dense(10)
}

train MlpTrainer {
  data x: [64, 784], label: int[64]
  let net = Mlp()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
}

model Cnn(x: [B, 28, 28, 1]) -> [B, 10] {
  return x
    -> Conv(32, 3) -> relu -> Conv(64, 3) -> relu -> max_pool(2)
    -> flatten -> Dense(128) -> relu -> Dense(10)
}

train CnnTrainer {
  data x: [32, 28, 28, 1], label: int[32]
  let net = Cnn()
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
