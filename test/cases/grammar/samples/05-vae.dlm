model Encoder(latent = 16)(x: [B, 784]) -> (mu: [B, latent], logvar: [B, latent]) {
  let h = x -> Dense(400) -> relu
  return h -> Dense(latent), h -> Dense(latent)
}

model Decoder(latent = 16)(z: [B, latent]) -> [B, 784] {
  return z -> Dense(400) -> relu -> Dense(784)
}

/// KL( N(mu, sigma^2) || N(0, 1) ), summed over the latent axis.
fn kl(mu, logvar) = -0.5 * sum(1 + logvar - mu^2 - exp(logvar), over = -1)

train VaeTrainer(latent = 16, beta = 1.0) {
  data x: [B, 784]
  let encode = Encoder(latent)
  let decode = Decoder(latent)

  let mu, logvar = encode(x)
  let eps: [B, latent] ~ normal()
  let z = mu + exp(0.5 * logvar) * eps            // reparameterisation
  let recon = sum(bce_logits(decode(z), x), over = -1)

  minimize mean(recon + beta * kl(mu, logvar)) using Adam(lr = 1e-3)
  metric kl_nats = mean(kl(mu, logvar))
  batch: 128
  epochs: 20
}
