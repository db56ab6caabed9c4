/// Wasserstein GAN whose critic is held to slope 1 by the gradient at points between real and made.
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
  step critic repeat 2 {
    let z: [B, 5] ~ normal()
    let share: [B, 1] ~ uniform()
    let made = G(z)
    let between = share * real + (1 - share) * made
    let slope = norm(grad(D(between), between), over = -1)
    minimize mean(D(made) - D(real) + 10 * (slope - 1)^2)
      over D using Adam(lr = 5e-3, beta1 = 0, beta2 = 0.9)
  }
  step gen {
    let z: [B, 5] ~ normal()
    minimize mean(-D(G(z))) over G using Adam(lr = 5e-3, beta1 = 0, beta2 = 0.9)
  }
}
