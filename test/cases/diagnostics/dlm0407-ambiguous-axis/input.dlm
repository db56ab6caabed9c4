model Attend(heads = 4)(q: [B, heads, T, 16], k: [B, heads, T, 16]) -> [B, heads, T, T] {
  let s[b, h, t, u] = sum[d](q[b, h, t, d] * k[b, h, u, d])
  let a = softmax(s, over = T)
  return a
}
