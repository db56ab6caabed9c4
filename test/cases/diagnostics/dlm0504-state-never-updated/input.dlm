optimizer Drift(lr = 0.1)(w, g) {
  state m = 0
  next w = w - lr * g - m
}

model Mlp(x: [B, 8]) -> [B, 4] {
  return x -> Dense(4)
}

train T {
  data x: [B, 8], y: [B, 4]
  let net = Mlp()
  minimize mean((net(x) - y)^2) using Drift()
}
