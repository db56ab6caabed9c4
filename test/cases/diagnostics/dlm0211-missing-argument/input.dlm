model Net(image: [B, 28, 28, 1]) -> [B, 10] {
  return image -> Conv(8) -> flatten -> Dense(10)
}
