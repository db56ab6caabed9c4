block Down(ch, stride)(x: [B, H, W, C]) -> [B, H / stride, W / stride, ch] {
  return x -> Conv(ch, 3, stride = stride, pad = "same")
}

model Net(image: [B, 27, 28, 1]) -> [B, 10] {
  // 28 is not a multiple of 3.
  // The stride wants changing.
  return image
    -> Down(16, stride = 3)
    -> flatten -> Dense(10)
}
