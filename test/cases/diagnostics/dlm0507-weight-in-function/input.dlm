fn scale(x: [B, D]) -> [B, D] {
  param s: [D] = 1
  return x * s
}

model Net(x: [B, 8]) -> [B, 8] {
  return scale(x)
}
