model Mlp(x: [B, 784]) -> [B, 10] {
  return x -> Dense(10)
}

train MlpTrainer {
  data x: [B, 784], label: int[B]
  let net = Mlp()
  let logits = net(x)
  minimize cross_entropy(logits, label) using Adam(lr = 1e-3)
}
