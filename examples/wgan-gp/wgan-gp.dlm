/// Noise to 64 pixels with ink from 0 to 1.
model Generator(z_dim = 16, hidden = 96)(z: [B, z_dim]) -> [B, 64] {
  return z -> repeat 2 { Dense(hidden) -> relu } -> Dense(64) -> sigmoid
}

/// A picture to a number whose slope is held near 1.
model Critic(hidden = 96)(x: [B, 64]) -> [B] {
  return x -> repeat 2 { Dense(hidden) -> leaky_relu(0.2) } -> Dense(1) -> reshape([B])
}

/// How far the slope of the scores is from 1 at the points where they were taken.
fn slope_penalty(score: [B], at: [B, D]) {
  let slope = grad(sum(score), at)
  return mean((sqrt(sum(slope^2, over = -1) + 1e-12) - 1)^2)
}

/// The critic estimates the distance between what is real and what is made, the generator shortens
/// it (Arjovsky et al., 2017; Gulrajani et al., 2017).
train WganGp(z_dim = 16) {
  data real: [B, 64]
  let G = Generator(z_dim)
  let D = Critic()

  step critic repeat 5 {
    let z: [B, z_dim] ~ normal()
    let fake = G(z)
    let u: [B, 1] ~ uniform()
    let mixed = u * real + (1 - u) * fake
    let distance = mean(D(real)) - mean(D(fake))
    metric distance = distance
    minimize 10 * slope_penalty(D(mixed), mixed) - distance
      over D using Adam(lr = 1e-3, beta1 = 0.5, beta2 = 0.9)
  }

  step gen {
    let z: [B, z_dim] ~ normal()
    minimize -mean(D(G(z))) over G using Adam(lr = 1e-3, beta1 = 0.5, beta2 = 0.9)
  }

  batch: 64
  steps: 600
}
