model Net(x: [B, 8]) -> [B, 8] {
  let f = Dense(8)
  return f(x) * sigmoid(f(x))
}
