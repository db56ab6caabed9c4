// Windows are index arithmetic; only the padded image is a buffer.
model Net(x: [B, 9, 7, 2]) -> [B, 5] {
  return x -> Conv(4, 3, pad = "same") -> relu -> max_pool(2) -> flatten -> Dense(5)
}
