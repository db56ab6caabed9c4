/// The forward pass of a transposed convolution is the gradient of a convolution, and the other way round.
model Net(x: [B, 3, 5, 4]) -> [B, 6, 10, 2] {
  return x -> ConvT(2, 3, stride = 2, pad = "same")
}

train Fit {
  data x: [B, 3, 5, 4], y: [B, 6, 10, 2]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
