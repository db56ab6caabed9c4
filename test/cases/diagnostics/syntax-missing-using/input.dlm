train Trainer {
  data x: [B, 4], y: [B]
  let net = Net()
  minimize mean((net(x) - y)^2)
  epochs: 3
}
