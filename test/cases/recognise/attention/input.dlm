/// Causal attention with fewer keys than queries, trained.
model Net(x: [B, 7, 6]) -> [B, 7, 6] {
  return x + (x -> LayerNorm() -> GroupedQueryAttention(6 / 2, 1))
}

train Fit {
  data x: [B, 7, 6], y: [B, 7, 6]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}
