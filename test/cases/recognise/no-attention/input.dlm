/// Scores without values, and a head too wide to stay near.
model Weights(q: [B, 5, 8], k: [B, 7, 8]) -> [B, 5, 7] {
  let s[b, t, u] = sum[d](q[b, t, d] * k[b, u, d])
  return softmax(s)
}

model Wide(q: [B, 5, 300], k: [B, 7, 300]) -> [B, 5, 300] {
  let s[b, t, u] = sum[d](q[b, t, d] * k[b, u, d])
  let p = softmax(s)
  let y[b, t, d] = sum[u](p[b, t, u] * k[b, u, d])
  return y
}

model Unnormed(q: [B, 5, 8], k: [B, 7, 8]) -> [B, 5, 8] {
  let s[b, t, u] = sum[d](q[b, t, d] * k[b, u, d])
  let m = max(s, over = -1, keepdim = true)
  let e = exp(s - m)
  let y[b, t, d] = sum[u](e[b, t, u] * k[b, u, d])
  return y
}
