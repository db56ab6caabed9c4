/// A parameter whose gradient is given.
model Weights(n)(g: [n]) -> [n] {
  param w: [n] = 0
  return w * g
}

train Adam100M {
  data g: [100_000_000]
  let net = Weights(100_000_000)
  minimize sum(net(g)) using Adam(lr = 1e-3)
}

train AdamSmall {
  data g: [1003]
  let net = Weights(1003)
  minimize sum(net(g)) using Adam(lr = 1e-3)
}
