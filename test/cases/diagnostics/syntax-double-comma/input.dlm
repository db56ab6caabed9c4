model Net(x: [B, 4],, y: [B]) -> [B, 2] {
  return x -> Dense(2)
}
