/// One hidden layer on pixels in 0..1.
model Fashion(hidden = 128, classes = 10)(x: [B, 784]) -> [B, classes] {
  return x -> Dense(hidden) -> relu -> Dense(classes)
}

train FashionTrainer {
  data x: [B, 784], label: int[B]
  let net = Fashion()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 1e-3)
  metric accuracy = mean(argmax(logits) == label)
  batch: 64
  epochs: 3
}
