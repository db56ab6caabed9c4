model Net(x: [B, 784]) -> [B, 10] {
  return x -> Conv(10 3)
}
