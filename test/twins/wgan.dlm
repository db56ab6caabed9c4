/// Wasserstein GAN: three updates of a critic with clamped weights for each one of the generator.
model Generator(z: [B, 5]) -> [B, 7] {
  return z -> Dense(9) -> relu -> Dense(7)
}

model Critic(x: [B, 7]) -> [B] {
  return x -> Dense(12) -> leaky_relu(0.2) -> Dense(6) -> tanh -> Dense(1) -> reshape([B])
}

train Twin {
  data real: [B, 7]
  let G = Generator()
  let D = Critic()
  step critic repeat 3 {
    let z: [B, 5] ~ normal()
    minimize mean(D(G(z)) - D(real)) over D using RmsProp(lr = 5e-3, clamp = 0.3)
  }
  step gen {
    let z: [B, 5] ~ normal()
    minimize mean(-D(G(z))) over G using RmsProp(lr = 5e-3)
  }
}
