model Net(x: [B, 8], y: [B, 8]) -> [B, 8] {
  return grad(sum(x^2), y)
}
