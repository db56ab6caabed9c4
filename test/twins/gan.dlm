/// A DCGAN with the non-saturating loss: two nets, two optimizers, batch normalisation in both.
model Generator(z: [B, 5]) -> [B, 6, 4, 1] {
  return z
    -> Dense(3 * 2 * 6) -> reshape([B, 3, 2, 6]) -> BatchNorm() -> relu
    -> ConvT(1, 4, stride = 2, pad = 1) -> sigmoid
}

model Discriminator(image: [B, 6, 4, 1]) -> [B] {
  return image
    -> Conv(6, 4, stride = 2, pad = 1) -> leaky_relu(0.2)
    -> Conv(4, [3, 2]) -> BatchNorm() -> leaky_relu(0.2)
    -> flatten -> Dense(1) -> reshape([B])
}

train Twin {
  data real: [B, 6, 4, 1]
  let G = Generator()
  let D = Discriminator()
  step disc {
    let z: [B, 5] ~ normal()
    minimize mean(bce_logits(D(real), 1) + bce_logits(D(G(z)), 0))
      over D using Adam(lr = 2e-3, beta1 = 0.5)
  }
  step gen {
    let z: [B, 5] ~ normal()
    minimize mean(bce_logits(D(G(z)), 1)) over G using Adam(lr = 2e-3, beta1 = 0.5)
  }
}
