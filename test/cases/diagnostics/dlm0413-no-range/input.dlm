model Net(x: [B, 8]) -> [B, 7] {
  let y[b, i] = x[b, i + 1]
  return y
}
