model Net(x: [B, 784]) -> [B, 10] {
  return x -> Dense(10))
}
