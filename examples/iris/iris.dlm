/// Four measurements of a flower to one of three species.
model Iris(x: [B, 4]) -> [B, 3] {
  return x -> Dense(16) -> tanh -> Dense(3)
}

train IrisTrainer {
  data x: [B, 4], species: int[B]
  let net = Iris()
  let logits = net(x)
  minimize mean(cross_entropy(logits, species)) using Adam(lr = 1e-2)
  metric accuracy = mean(argmax(logits) == species)
  batch: 16
  epochs: 60
}
