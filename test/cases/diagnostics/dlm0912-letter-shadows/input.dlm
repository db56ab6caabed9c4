model Net(x: [B, 8], h: [B, 8]) -> [B, 8] {
  let y[b, h] = 2 * x[b, h]
  return y + h
}
