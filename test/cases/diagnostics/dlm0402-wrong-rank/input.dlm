model Net(x: [B, 784]) -> [B, 10] {
  return x
    -> Conv(6, 5)
    -> flatten -> Dense(10)
}
