/// Strides, padding, dilation and groups: windows are never memory, forwards or backwards.
model Net(x: [B, 11, 9, 2]) -> [B, 3] {
  return x
    -> Conv(6, 3, pad = "same") -> relu
    -> Conv(4, 3, stride = 2, groups = 2) -> relu
    -> Conv(5, 2, dilation = 2) -> relu
    -> flatten -> Dense(3)
}

train Fit {
  data x: [B, 11, 9, 2], y: [B, 3]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
