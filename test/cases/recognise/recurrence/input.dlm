/// Products of the inputs leave the loop, and so do the gradients of the weights.
model Net(x: [B, T, 5]) -> [B, T, 3] {
  return x -> scan T { Lstm(7) -> Gru(6) } -> Dense(3)
}

train Fit {
  data x: [B, T, 5], y: [B, T, 3]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
  T: 9
}
