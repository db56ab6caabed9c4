model Net(x: [B, 8], n: int[B]) -> [B, 8] {
  return x -> Dense(n)
}
