/// LSTM whose last output is classified.
model Classifier(x: [B, T, 64]) -> [B, 10] {
  return last(x -> scan T { Lstm(128) }, T) -> Dense(10)
}

train LstmTrainer {
  data x: [32, 64, 64], label: int[32]
  let net = Classifier()
  minimize mean(cross_entropy(net(x), label)) using Sgd(lr = 0.01)
}
