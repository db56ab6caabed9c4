/// Each row pays for its expert, not for all of them.
model Net(x: [B, 5, 6]) -> [B, 5, 6] {
  return x + (x -> SwitchMoe(4, 10))
}

train Fit {
  data x: [B, 5, 6], y: [B, 5, 6]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
