/// Scaled dot-product attention (Vaswani et al., 2017): `[B, N, T, D]`, `[B, N, S, D]`, `[B, N, S,
/// V]` to `[B, N, T, V]`. `mask`, broadcast to `[B, N, T, S]`, is true where a position may be
/// seen; `scale` 0 means `1 / sqrt(D)`. PyTorch: `scaled_dot_product_attention`.
fn attention(
  q: [B, N, T, D], k: [B, N, S, D], v: [B, N, S, V], mask = true, causal = false, scale = 0
) -> [B, N, T, V] {
  let factor = if scale == 0 then 1 / sqrt(D) else scale
  let score[b, n, t, s] = sum[d](q[b, n, t, d] * k[b, n, s, d]) * factor
  let earlier[t < T, s < S] = s <= t
  let seen = if mask then score else -inf
  let a = softmax(if causal then (if earlier then seen else -inf) else seen)
  let y[b, n, t, d] = sum[s](a[b, n, t, s] * v[b, n, s, d])
  return y
}

/// Multi-head attention (Vaswani et al., 2017): self, or over `memory`. `mask` is true where a
/// position may be seen. PyTorch: `MultiheadAttention`, with `mask` its `key_padding_mask`
/// inverted.
block MultiHeadAttention(heads, causal = false, dropout = 0.0, bias = true)
  (x: [B, T, E], memory: [B, S, M] = x, mask: bool[B, S] = true) -> [B, T, E] {
  require E % heads == 0, "heads must divide the embedding size"
  let D = E / heads
  let query = Dense(E, bias = bias)
  let key = Dense(E, bias = bias)
  let value = Dense(E, bias = bias)
  let out = Dense(E, bias = bias)
  let q = x -> query -> reshape([B, T, heads, D])
  let k = memory -> key -> reshape([B, S, heads, D])
  let v = memory -> value -> reshape([B, S, heads, D])
  let score[b, h, t, s] = sum[d](q[b, t, h, d] * k[b, s, h, d]) / sqrt(D)
  let seen[b, h, t, s] = if mask[b, s] and (not causal or s <= t) then score[b, h, t, s] else -inf
  let a = softmax(seen) -> Dropout(dropout)
  let y[b, t, h, d] = sum[s](a[b, h, t, s] * v[b, s, h, d])
  return y -> reshape([B, T, E]) -> out
}

/// Self-attention in which head h reads the keys and values of group `h * groups / heads` (Ainslie
/// et al., 2023); `mask` is true where a position may be seen. PyTorch:
/// `scaled_dot_product_attention(enable_gqa=True)`.
block GroupedQueryAttention(heads, groups, causal = true, rotary = true, bias = false)
  (x: [B, T, E], mask: bool[B, T] = true) -> [B, T, E] {
  require E % heads == 0, "heads must divide the embedding size"
  require heads % groups == 0, "groups must divide the heads"
  let D = E / heads
  let R = heads / groups
  let query = Dense(E, bias = bias)
  let key = Dense(groups * D, bias = bias)
  let value = Dense(groups * D, bias = bias)
  let out = Dense(E, bias = bias)
  let q0 = x -> query -> reshape([B, T, heads, D])
  let k0 = x -> key -> reshape([B, T, groups, D])
  let q1 = if rotary then turned_heads(q0) else q0
  let k = if rotary then turned_heads(k0) else k0
  let q = reshape(q1, [B, T, groups, R, D])
  let v = x -> value -> reshape([B, T, groups, D])
  let score[b, g, r, t, s] = sum[d](q[b, t, g, r, d] * k[b, s, g, d]) / sqrt(D)
  let seen[b, g, r, t, s] =
    if mask[b, s] and (not causal or s <= t) then score[b, g, r, t, s] else -inf
  let a = softmax(seen)
  let y[b, t, g, r, d] = sum[s](a[b, g, r, t, s] * v[b, s, g, d])
  return y -> reshape([B, T, E]) -> out
}

/// `rotary` of `[B, T, N, D]`, positions along T.
fn turned_heads(x) = transpose(rotary(transpose(x, 1, 2)), 1, 2)

/// Rotary positions of `[..., T, D]` (Su et al., 2021): pairs `(x[i], x[i + D / 2])` turned by `t *
/// base^(-2 * i / D)`.
fn rotary(x, base = 10_000) {
  let D = size(x, -1)
  require D % 2 == 0, "rotary positions turn pairs: the last axis must be even"
  let angle[t < size(x, -2), i < D / 2] = t * base^(-2 * i / D)
  let a, b = split(x, 2)
  return concat(a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle))
}

/// Positions `0 .. T - 1` as sines (even columns) and cosines (odd columns): `[T, D]` (Vaswani et
/// al., 2017).
fn sinusoidal(T, D) {
  require D % 2 == 0, "the width must be even"
  let angle[t < T, i < D / 2] = t * 10_000^(-2 * i / D)
  return reshape(stack(sin(angle), cos(angle), -1), [T, D])
}

/// Adds a learned vector to each of up to `ctx` positions: `[B, T, D]` to `[B, T, D]`.
block LearnedPositions(ctx)(x: [B, T <= ctx, D]) -> [B, T, D] {
  param W: [ctx, D] ~ normal(0, 0.02)
  return x + W[:T]
}

/// One layer of a transformer encoder (Vaswani et al., 2017), normalised after each part, or before
/// it with `pre`. PyTorch: `TransformerEncoderLayer(batch_first=True)`, with `norm_first = pre`.
block EncoderLayer(heads, hidden, act = relu, dropout = 0.1, pre = false)
  (x: [B, T, E], mask: bool[B, T] = true) -> [B, T, E] {
  let attend = MultiHeadAttention(heads, dropout = dropout)
  let feed = FeedForward(hidden, act, dropout)
  let norm1 = LayerNorm()
  let norm2 = LayerNorm()
  let seen = if pre then norm1(x) else x
  let sum1 = x + (attend(seen, seen, mask) -> Dropout(dropout))
  let mid = if pre then sum1 else norm1(sum1)
  let sum2 = mid + ((if pre then norm2(mid) else mid) -> feed -> Dropout(dropout))
  return if pre then sum2 else norm2(sum2)
}

/// One layer of a transformer decoder (Vaswani et al., 2017): causal self-attention, attention over
/// `memory`, and a feed-forward part. `mask` is true where `memory` may be seen, `own` where `x` may.
/// PyTorch: `TransformerDecoderLayer(batch_first=True)`.
block DecoderLayer(heads, hidden, act = relu, dropout = 0.1, pre = false)
  (x: [B, T, E], memory: [B, S, M], mask: bool[B, S] = true, own: bool[B, T] = true) -> [B, T, E] {
  let attend = MultiHeadAttention(heads, causal = true, dropout = dropout)
  let cross = MultiHeadAttention(heads, dropout = dropout)
  let feed = FeedForward(hidden, act, dropout)
  let norm1 = LayerNorm()
  let norm2 = LayerNorm()
  let norm3 = LayerNorm()
  let seen = if pre then norm1(x) else x
  let sum1 = x + (attend(seen, seen, own) -> Dropout(dropout))
  let mid1 = if pre then sum1 else norm1(sum1)
  let sum2 = mid1 + (cross(if pre then norm2(mid1) else mid1, memory, mask) -> Dropout(dropout))
  let mid2 = if pre then sum2 else norm2(sum2)
  let sum3 = mid2 + ((if pre then norm3(mid2) else mid2) -> feed -> Dropout(dropout))
  return if pre then sum3 else norm3(sum3)
}

/// One layer of a causal language model, normalised before each part (Radford et al., 2019).
block GptBlock(heads, dropout = 0.1)(x: [B, T, E]) -> [B, T, E] {
  let attend = MultiHeadAttention(heads, causal = true, dropout = dropout)
  let feed = FeedForward(4 * E)
  let norm1 = LayerNorm()
  let norm2 = LayerNorm()
  let y = x + (x -> norm1 -> attend -> Dropout(dropout))
  return y + (y -> norm2 -> feed -> Dropout(dropout))
}
