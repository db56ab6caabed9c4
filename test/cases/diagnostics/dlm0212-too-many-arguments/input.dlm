model Net(x: [B, 8]) -> [B, 2] {
  return x -> Dense(2, true, 3)
}
