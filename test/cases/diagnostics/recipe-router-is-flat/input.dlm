// DLM0701
block Router(experts)(x: [B, D]) -> [B] {
  param W: [D, experts] ~ glorot()
  let k = argmax(x @ W)
  return float(k)
}

train Routing {
  data x: [B, 8], y: [B]
  let router = Router(3)
  let table = Dense(1)
  minimize mean((router(x) * reshape(table(x), [B]) - y)^2)
    over router using Adam()
    over table using Adam()
}
