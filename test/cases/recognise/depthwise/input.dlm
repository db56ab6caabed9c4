/// One filter for each channel, in two dimensions and in one.
model Net(x: [B, 9, 7, 5]) -> [B, 3] {
  return x -> DepthwiseConv(3, pad = "same") -> relu -> SeparableConv(4, 3) -> flatten -> Dense(3)
}

train Fit {
  data x: [B, 9, 7, 5], y: [B, 3]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
