model Mlp(x: [B, 784]) -> [B, 10] {
  return x -> Dense(128) -> relu -> Dense(10)
}

train MlpTrainer {
  data x: [B, 784], label: int[B]
  let net = Mlp()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
  batch: 64
}
