/// A convolution down and a transposed one up; the input is noisy, the target is clean.
model Autoencoder(image: [B, 6, 8, 1]) -> [B, 6, 8, 1] {
  let noise: [B, 6, 8, 1] ~ normal(0, 0.25)
  let noisy = if training then image + noise else image
  return noisy
    -> Conv(5, 3, stride = 2, pad = 1) -> relu
    -> Conv(3, 1) -> tanh
    -> ConvT(1, 4, stride = 2, pad = 1) -> sigmoid
}

train Twin {
  data image: [B, 6, 8, 1]
  let net = Autoencoder()
  minimize mean((net(image) - image)^2) using AdamW(lr = 0.02, decay = 0.1)
}
