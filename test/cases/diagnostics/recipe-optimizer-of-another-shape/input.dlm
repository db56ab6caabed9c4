// DLM0401
optimizer Odd(lr = 0.1)(w, g) {
  next w = w - lr * g @ transpose(g)
}

train T {
  data x: [B, 8], y: [B, 4]
  let net = Dense(4, bias = false)
  minimize mean((net(x) - y)^2) using Odd()
}
