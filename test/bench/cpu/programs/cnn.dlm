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
