/// The network of the benchmarks.
model Mlp(hidden = [256, 128])(x: [B, 784]) -> [B, 10] {
  return x -> repeat width in hidden { Dense(width) -> relu } -> Dense(10)
}

/// One hidden layer, for single examples.
model Small(x: [B, 784]) -> [B, 10] {
  return x -> Dense(128) -> relu -> Dense(10)
}

train MlpTrainer {
  data x: [B, 784], label: int[B]
  let net = Mlp()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 1e-3)
  batch: 128
}
