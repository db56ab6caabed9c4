import { SwitchFFN } from "./07_moe.dlm"

block CausalAttention(heads, dropout = 0.1)(x: [B, T, E]) -> [B, T, E] {
  require E % heads == 0, "heads must divide the embedding size"
  let D = E / heads
  let qkv = x -> Dense(3 * E) -> reshape([B, T, 3, heads, D])

  let s[b, h, t, u] = sum[d](qkv[b, t, 0, h, d] * qkv[b, u, 1, h, d]) / sqrt(D)
  let a[b, h, t, u] = softmax[u](if u <= t then s[b, h, t, u] else -inf)
  let y[b, t, h, d] = sum[u](a[b, h, t, u] * qkv[b, u, 2, h, d])

  return y -> reshape([B, T, E]) -> Dense(E) -> Dropout(dropout)
}

block GptBlock(heads, moe = false)(x: [B, T, E]) -> [B, T, E] {
  let x = x + (x -> LayerNorm() -> CausalAttention(heads))
  let ffn = if moe then SwitchFFN(8, 4 * E) else FeedForward(4 * E)
  return x + (x -> LayerNorm() -> ffn)
}

block FeedForward(hidden)(x: [..., D]) -> [..., D] {
  return x -> Dense(hidden) -> gelu -> Dense(D)
}

model Gpt(vocab = 256, ctx = 256, depth = 6, heads = 6, width = 384)(tokens: int[B, T <= ctx]) -> [B, T, vocab] {
  param wte: [vocab, width] ~ normal(0, 0.02)
  param wpe: [ctx, width] ~ normal(0, 0.02)
  let pos = wpe[:T]
  let x[b, t, e] = wte[tokens[b, t], e] + pos[t, e]
  let h = x -> Dropout(0.1) -> repeat depth { GptBlock(heads) } -> LayerNorm()
  return h @ transpose(wte)
}

train GptTrainer {
  data tokens: int[B, T], target: int[B, T]
  let net = Gpt()
  minimize mean(cross_entropy(net(tokens), target))
    using AdamW(lr = cosine(3e-4, warmup = 200, total = 5_000), decay = 0.1) clip 1.0
  batch: 16
  steps: 5_000
}
