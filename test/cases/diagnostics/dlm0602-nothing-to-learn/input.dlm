model Generator(z: [B, 8]) -> [B, 4] {
  return z -> Dense(4)
}

model Discriminator(x: [B, 4]) -> [B] {
  return x -> Dense(1) -> reshape([B])
}

train Gan {
  data real: [B, 4]
  let G = Generator()
  let D = Discriminator()
  step disc {
    let z: [B, 8] ~ normal()
    minimize mean(bce_logits(D(real), 1) + bce_logits(D(G(z)), 0)) over D using Adam(lr = 2e-4)
  }
  step gen {
    minimize mean(bce_logits(D(real), 1))
      over G using Adam(lr = 2e-4)
  }
}
