/// Windows side by side and windows that overlap; gradients look where the maximum was.
model Net(x: [B, 13, 12, 2]) -> [B, 3] {
  return x
    -> Conv(3, 2) -> avg_pool(2, stride = 1) -> max_pool(3, stride = 2) -> max_pool(2)
    -> flatten -> Dense(3)
}

train Fit {
  data x: [B, 13, 12, 2], y: [B, 3]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
