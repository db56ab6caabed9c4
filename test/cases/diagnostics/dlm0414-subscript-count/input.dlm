model Net(x: [B, T, 8]) -> [B, T] {
  let y[b, t] = x[b, t]
  return y
}
