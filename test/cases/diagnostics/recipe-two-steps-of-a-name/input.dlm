// DLM0207
model Mlp(x: [B, 8]) -> [B, 4] {
  let body = Dense(16)
  let head = Dense(4)
  return x -> body -> relu -> head
}

train T {
  data x: [B, 8], y: [B, 4]
  let net = Mlp()
  step fit {
    minimize mean((net(x) - y)^2) using Adam()
  }
  step fit {
    minimize mean(abs(net(x) - y)) using Adam()
  }
}
