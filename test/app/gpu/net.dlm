/// A point of the plane to one of four clusters.
model Net(x: [B, 2]) -> [B, 4] {
  return x -> Dense(8) -> tanh -> Dense(4)
}

train NetTrainer {
  data x: [B, 2], label: int[B]
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 0.05)
  metric accuracy = mean(argmax(logits) == label)
}
