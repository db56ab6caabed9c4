// A product takes bias and activation along; the update of a weight is one kernel, in place.
model Net(x: [B, 7]) -> [B, 3] {
  return x -> Dense(13) -> relu -> Dense(3)
}

train Fit {
  data x: [B, 7], y: [B, 3]
  batch: 16
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
}
