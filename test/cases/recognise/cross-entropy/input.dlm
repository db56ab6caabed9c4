/// Softmax with cross-entropy, and the gradient in the kernel of a row.
model Net(x: [B, 6]) -> [B, 5] {
  return x -> Dense(5)
}

train Fit {
  data x: [B, 6], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Sgd(lr = 0.1)
}
