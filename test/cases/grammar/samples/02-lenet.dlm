/// Two 3x3 convolutions with an identity (or 1x1) shortcut.
block ResBlock(ch, stride = 1)(x: [B, H, W, C]) -> [B, H / stride, W / stride, ch] {
  let y = x
    -> Conv(ch, 3, stride = stride, pad = "same") -> BatchNorm() -> relu
    -> Conv(ch, 3, pad = "same") -> BatchNorm()
  let skip = if C == ch and stride == 1 then x else x -> Conv(ch, 1, stride = stride)
  return relu(y + skip)
}

model LeNet(classes = 10)(image: [B, 28, 28, 1]) -> [B, classes] {
  return image
    -> Conv(6, 5, pad = "same") -> BatchNorm() -> relu -> max_pool(2)
    -> ResBlock(16, stride = 2)
    -> flatten
    -> Dense(120) -> relu
    -> Dense(84) -> relu
    -> Dense(classes)
}
