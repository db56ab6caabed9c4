model Gpt(vocab = 256, ctx = 256, width = 384)(tokens: int[B, T <= ctx]) -> [B, T, vocab] {
  param wte: [vocab, width] ~ normal(0, 0.02)
  // One row per position.
  // There are ctx of them.
  // T of them are used.
  param wpe: [ctx, width] ~ normal(0, 0.02)
  // Token plus position.
  let x[b, t, e] = wte[tokens[b, t], e] + wpe[t, e]
  return x -> Dense(vocab)
}
