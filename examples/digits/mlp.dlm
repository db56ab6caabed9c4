/// Three hidden layers with mixed activations, for 8x8 digits given as 64 numbers.
model DigitsMlp(classes = 10)(x: [B, 64]) -> [B, classes] {
  return x
    -> Dense(96) -> gelu
    -> Dense(64) -> tanh
    -> Dense(32) -> leaky_relu(0.1)
    -> Dense(classes)
}

train DigitsTrainer {
  data x: [B, 64], label: int[B]
  let net = DigitsMlp()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label))
    using AdamW(lr = cosine(3e-3, warmup = 50, total = 1_350))
  metric accuracy = mean(argmax(logits) == label)
  batch: 32
  epochs: 30
}
