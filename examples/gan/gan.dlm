/// Noise to a picture of 8 x 8 with ink from 0 to 1.
model Generator(z_dim = 24, ch = 16)(z: [B, z_dim]) -> [B, 8, 8, 1] {
  return z
    -> Dense(2 * 2 * 2 * ch) -> reshape([B, 2, 2, 2 * ch]) -> BatchNorm() -> relu
    -> ConvT(ch, 4, stride = 2, pad = "same") -> BatchNorm() -> relu
    -> ConvT(1, 4, stride = 2, pad = "same") -> sigmoid
}

/// A picture to a score: high where it looks real.
model Discriminator(ch = 16)(image: [B, 8, 8, 1]) -> [B] {
  return image
    -> Conv(ch, 4, stride = 2, pad = 1) -> leaky_relu(0.2)
    -> Conv(2 * ch, 4, stride = 2, pad = 1) -> BatchNorm() -> leaky_relu(0.2)
    -> flatten -> Dense(1) -> reshape([B])
}

/// Each net learns against the other (Goodfellow et al., 2014; Radford et al., 2016).
train Gan(z_dim = 24) {
  data real: [B, 8, 8, 1]
  let G = Generator(z_dim)
  let D = Discriminator()

  step disc {
    let z: [B, z_dim] ~ normal()
    minimize mean(bce_logits(D(real), 1) + bce_logits(D(G(z)), 0))
      over D using Adam(lr = 1e-3, beta1 = 0.5)
  }

  step gen {
    let z: [B, z_dim] ~ normal()
    minimize mean(bce_logits(D(G(z)), 1)) over G using Adam(lr = 1e-3, beta1 = 0.5)
  }

  batch: 64
  steps: 1_000
}
