// DLM0602
model Generator(z: [B, 5]) -> [B, 7] { return z -> Dense(7) }
model Discriminator(x: [B, 7]) -> [B] { return x -> Dense(1) -> reshape([B]) }

train Gan {
  data real: [B, 7]
  let G = Generator()
  let D = Discriminator()
  step disc {
    let z: [B, 5] ~ normal()
    minimize mean(bce_logits(D(real), 1) + bce_logits(D(G(z)), 0))
      over D using Adam(lr = 2e-4)
  }
  step gen {
    minimize mean(bce_logits(D(real), 1))
      over G using Adam(lr = 2e-4)
  }
}
