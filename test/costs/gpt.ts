// A transformer of the size that language models start at, for what its training costs.

/** 6 layers of 384 channels and 6 heads, over 256 characters. */
export const gpt = (): string => `/// Scores of the next character at every place of a text.
model Gpt(vocab = 65, width = 384, layers = 6)(text: int[B, T <= 256]) -> [B, T, vocab] {
  param places: [256, width] ~ normal(0, 0.02)
  let at[t < T, e] = places[t, e]
  return (text -> Embedding(vocab, width)) + at
    -> repeat layers { GptBlock(6, dropout = 0) }
    -> LayerNorm()
    -> Dense(vocab)
}

train GptTrainer {
  data text: int[B, T], target: int[B, T]
  let net = Gpt()
  minimize mean(cross_entropy(net(text), target)) using AdamW(lr = 1e-3)
  batch: 8
  T: 256
}
`;
