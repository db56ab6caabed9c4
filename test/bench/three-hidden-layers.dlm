/// Three-hidden-layer classifier for flattened 28x28 digits.
model Mlp(hidden = [256, 128, 64], classes = 10)(x: [B, 784]) -> [B, classes] {
  return x -> repeat width in hidden { Dense(width) -> relu -> Dropout(0.2) } -> Dense(classes)
}

train MlpTrainer {
  data x: [B, 784], label: int[B]
  let net = Mlp()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 1e-3)
  metric accuracy = mean(argmax(logits) == label)
  batch: 64
  epochs: 10
}
