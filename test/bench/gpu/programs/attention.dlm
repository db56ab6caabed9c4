/// Each position sees those before it and itself.
model Causal(q: [B, H, T, D], k: [B, H, T, D], v: [B, H, T, D]) -> [B, H, T, D] {
  return attention(q, k, v, causal = true)
}
