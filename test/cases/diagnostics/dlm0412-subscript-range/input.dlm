model Net(x: [B, 8]) -> [B, 7] {
  let y[b, i < 7] = x[b, i + 2] - x[b, i]
  return y
}
