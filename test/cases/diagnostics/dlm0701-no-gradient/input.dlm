model Expert(x: [B, 8]) -> [B] {
  let router = Router()
  let table = Dense(1)
  // The expert with the highest score.
  let k = x -> router
  let y[b] = sum[i](x[b, i]) * float(k[b])
  return y + reshape(x -> table, [B])
}

block Router()(x: [B, D]) -> int[B] {
  param W: [D, 4] ~ glorot()
  return argmax(x @ W)
}

train Routing {
  data x: [B, 8], y: [B]
  let net = Expert()
  minimize mean((net(x) - y)^2)
    over net.router using Adam()
    over net.table using Adam()
}
