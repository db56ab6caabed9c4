/// Two nets joined by a draw: reparameterised, with the divergence of the latent code.
model Encoder(x: [B, 14]) -> (mu: [B, 3], logvar: [B, 3]) {
  let h = x -> Dense(9) -> tanh
  return h -> Dense(3), h -> Dense(3)
}

model Decoder(z: [B, 3]) -> [B, 14] {
  return z -> Dense(9) -> relu -> Dense(14)
}

train Twin {
  data x: [B, 14]
  let encode = Encoder()
  let decode = Decoder()
  let mu, logvar = encode(x)
  let eps: [B, 3] ~ normal()
  let recon = sum(bce_logits(decode(mu + exp(0.5 * logvar) * eps), x), over = -1)
  minimize mean(recon + sum(kl_normal(mu, logvar), over = -1)) using Adam(lr = 0.01)
}
