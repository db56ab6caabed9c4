/// A causal language model of two blocks, its embedding tied to its output.
model Gpt(chars: int[B, T <= 9]) -> [B, T, 11] {
  param wte: [11, 12] ~ normal(0, 0.02)
  param wpe: [9, 12] ~ normal(0, 0.02)
  let h = wte[chars] + wpe[:T] -> repeat 2 { GptBlock(3, dropout = 0.0) } -> LayerNorm()
  return h @ transpose(wte)
}

train Twin {
  data chars: int[B, T], target: int[B, T]
  let net = Gpt()
  minimize mean(cross_entropy(net(chars), target))
    using AdamW(lr = cosine(0.01, warmup = 5, total = 20), decay = 0.1) clip 1.0
}
