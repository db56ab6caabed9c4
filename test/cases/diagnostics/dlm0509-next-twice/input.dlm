block Count()(x: [B, D]) -> [B, D] {
  buffer n: float = 0
  next n = n + 1
  next n = n + 2
  return x * n
}

model Net(x: [B, 8]) -> [B, 8] {
  return x -> Count()
}
