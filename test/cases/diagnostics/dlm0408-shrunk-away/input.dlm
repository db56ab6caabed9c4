model Net(image: [B, 28, 28, 1]) -> [B, 10] {
  return image
    -> Conv(8, 5) -> relu -> max_pool(2)
    -> Conv(16, 5) -> relu -> max_pool(2)
    -> Conv(32, 2)
    -> Conv(64, 5)
    -> flatten -> Dense(10)
}
