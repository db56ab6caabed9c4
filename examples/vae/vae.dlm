/// A picture to the mean and the log-variance of a normal distribution of codes.
model Encoder(latent = 2, hidden = 256)(x: [B, 784]) -> (mu: [B, latent], logvar: [B, latent]) {
  let h = x -> Dense(hidden) -> relu
  return h -> Dense(latent), h -> Dense(latent)
}

/// A code to the logits of the pixels.
model Decoder(latent = 2, hidden = 256)(z: [B, latent]) -> [B, 784] {
  return z -> Dense(hidden) -> relu -> Dense(784)
}

/// Auto-encoding variational Bayes (Kingma & Welling, 2014): the negative evidence lower bound in
/// nats per image, each pixel a Bernoulli whose target is its grey value.
train Vae(latent = 2) {
  data x: [B, 784]
  let encode = Encoder(latent)
  let decode = Decoder(latent)

  let mu, logvar = encode(x)
  let eps: [B, latent] ~ normal()
  let z = mu + exp(0.5 * logvar) * eps
  let reconstruction = sum(bce_logits(decode(z), x), over = -1)
  let divergence = sum(kl_normal(mu, logvar), over = -1)

  minimize mean(reconstruction + divergence) using Adam(lr = 1e-3)
  metric nelbo = mean(reconstruction + divergence)
  metric kl = mean(divergence)
  batch: 100
  epochs: 10
}
