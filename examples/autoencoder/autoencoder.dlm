/// Pictures with normal noise on every pixel, cut to 0..1.
model Noise(std = 0.4)(x: [B, 784]) -> [B, 784] {
  let noise: [B, 784] ~ normal(0, std)
  return clamp(x + noise, 0, 1)
}

/// Through a narrow code and back (Vincent et al., 2008).
model Autoencoder(hidden = 256, code = 64)(x: [B, 784]) -> [B, 784] {
  return x
    -> Dense(hidden) -> relu
    -> Dense(code) -> relu
    -> Dense(hidden) -> relu
    -> Dense(784) -> sigmoid
}

/// What comes out of the noisy picture shall be the clean one.
train Denoiser {
  data x: [B, 784]
  let spoil = Noise()
  let net = Autoencoder()
  let noisy = spoil(x)
  let error = mean((net(noisy) - x)^2)

  minimize error using Adam(lr = 1e-3)
  metric clean_error = error
  metric noisy_error = mean((noisy - x)^2)
  batch: 100
  epochs: 10
}
