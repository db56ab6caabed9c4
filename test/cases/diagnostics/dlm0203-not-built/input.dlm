model Net(image: [B, 28, 28, 1]) -> [B, 26, 26, 16] {
  let x = image
  // A norm after the convolution.
  // It is a layer, so it must be built.
  let y = x -> Conv(16, 3) -> BatchNorm -> relu
  return y
}
