model DenoisingAE(code = 32)(x: [B, 784]) -> [B, 784] {
  let noise: [B, 784] ~ normal(0, 0.3)
  let noisy = if training then clamp(x + noise, 0, 1) else x
  return noisy
    -> Dense(256) -> relu
    -> Dense(code) -> relu
    -> Dense(256) -> relu
    -> Dense(784) -> sigmoid
}

train DaeTrainer {
  data x: [B, 784]
  let net = DenoisingAE()
  minimize mean((net(x) - x)^2) using Adam(lr = 1e-3)
  batch: 128
  epochs: 15
}
