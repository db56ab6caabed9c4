/// Two 3x3 convolutions with an identity (or 1x1) shortcut.
block ResBlock(ch, stride = 1)(x: [B, H, W, C]) -> [B, H / stride, W / stride, ch] {
  let y = x
    -> Conv(ch, 3, stride = stride, pad = "same") -> BatchNorm() -> relu
    -> Conv(ch, 3, pad = "same") -> BatchNorm()
  let skip = if C == ch and stride == 1 then x else x -> Conv(ch, 1, stride = stride)
  return relu(y + skip)
}

/// Convolutional network with batch norm and a residual block, for 8x8 digits.
model DigitsCnn(classes = 10)(image: [B, 8, 8, 1]) -> [B, classes] {
  return image
    -> Conv(12, 3, pad = "same") -> BatchNorm() -> relu
    -> ResBlock(24, stride = 2)
    -> max_pool(2)
    -> flatten
    -> Dropout(0.3)
    -> Dense(classes)
}

train DigitsCnnTrainer {
  data image: [B, 8, 8, 1], label: int[B]
  let net = DigitsCnn()
  let logits = net(image)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 2e-3)
  metric accuracy = mean(argmax(logits) == label)
  batch: 32
  epochs: 12
}
