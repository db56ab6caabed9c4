/// Adds to each channel what it was at the places before, by learned weights.
block Near(reach = 3)(x: [B, T, E]) -> [B, T, E] {
  param K: [reach, E] = 0
  let before = pad_edges(x, [[0, 0], [reach - 1, 0], [0, 0]])
  let y[b, t < T, e] = sum[i](before[b, t + i, e] * K[i, e])
  return x + y
}

/// A layer of the transformer: attention over what came before, with rotary positions, then a
/// feed-forward part, each on normed inputs that know their neighbours.
block Layer(heads)(x: [B, T, E]) -> [B, T, E] {
  let y = x + (x -> LayerNorm() -> Near() -> GroupedQueryAttention(heads, heads))
  return y + (y -> LayerNorm() -> Near() -> FeedForward(2 * E))
}

/// Scores of the next character at every place of a text. The table that reads the characters in
/// also scores them at the end; another has a row for each character after each.
model Gpt(vocab = 63, width = 64, heads = 4)(text: int[B, T <= 64]) -> [B, T, vocab] {
  param W: [vocab, width] ~ normal(0, 0.02)
  param pairs: [vocab, vocab, width] = 0
  let first = Layer(heads)
  let second = Layer(heads)
  let norm = LayerNorm()
  let before = pad_edges(text, [[0, 0], [1, 0]])
  let pair[b, t < T, e] = pairs[before[b, t], text[b, t], e]
  let h = W[text] + pair -> first -> second -> norm
  return h @ transpose(W)
}

/// Straight up in 50 updates, then level, and straight down to zero in the last 1,120 of 1,760.
fn rise_and_fall(peak) = warmup(peak, 50) * min(1, (1_760 - step) / 1_120)

train GptTrainer {
  data text: int[B, T], target: int[B, T]
  let net = Gpt()
  let loss = mean(cross_entropy(net(text), target))
  minimize loss
    over net.first, net.second using Muon(lr = rise_and_fall(0.02), rest_lr = rise_and_fall(8e-3))
    over net.W, net.pairs, net.norm using Adam(lr = rise_and_fall(8e-3), beta2 = 0.99) clip 1
  metric bits = loss / log(2)
  batch: 16
  steps: 1_760
  T: 64
}
