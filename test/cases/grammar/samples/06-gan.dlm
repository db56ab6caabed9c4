model Generator(z_dim = 100, ch = 64)(z: [B, z_dim]) -> [B, 64, 64, 3] {
  return z
    -> Dense(4 * 4 * 8 * ch) -> reshape([B, 4, 4, 8 * ch]) -> BatchNorm() -> relu
    -> repeat k in [4, 2, 1] { ConvT(k * ch, 4, stride = 2, pad = "same") -> BatchNorm() -> relu }
    -> ConvT(3, 4, stride = 2, pad = "same") -> tanh
}

model Discriminator(ch = 64)(image: [B, 64, 64, 3]) -> [B] {
  return image
    -> Conv(ch, 4, stride = 2, pad = "same") -> leaky_relu(0.2)
    -> repeat k in [2, 4, 8] { Conv(k * ch, 4, stride = 2, pad = "same") -> BatchNorm() -> leaky_relu(0.2) }
    -> flatten -> Dense(1) -> reshape([B])
}

train Dcgan(z_dim = 100) {
  data real: [B, 64, 64, 3]
  let G = Generator(z_dim)
  let D = Discriminator()

  step disc {
    let z: [B, z_dim] ~ normal()
    minimize mean(bce_logits(D(real), 1) + bce_logits(D(G(z)), 0))
      over D using Adam(lr = 2e-4, beta1 = 0.5)
  }

  step gen {
    let z: [B, z_dim] ~ normal()
    minimize mean(bce_logits(D(G(z)), 1))
      over G using Adam(lr = 2e-4, beta1 = 0.5)
  }

  batch: 128
  epochs: 25
}

train Wgan(z_dim = 100, clip = 0.01) {
  data real: [B, 64, 64, 3]
  let G = Generator(z_dim)
  let D = Discriminator()
  step critic repeat 5 {
    let z: [B, z_dim] ~ normal()
    minimize mean(D(G(z)) - D(real)) over D using RmsProp(lr = 5e-5, clamp = clip)
  }
  step gen {
    let z: [B, z_dim] ~ normal()
    minimize mean(-D(G(z))) over G using RmsProp(lr = 5e-5)
  }
}
