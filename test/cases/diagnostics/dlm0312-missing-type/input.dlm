model Net(x) -> [B, 8] {
  return x -> Dense(8)
}
