/// Wide enough to be worth waking threads for.
model Net(x: [B, 64]) -> [B, 4] {
  return x -> Dense(256) -> tanh -> Dense(4)
}

train NetTrainer {
  data x: [B, 64], label: int[B]
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 0.01)
}
