model Net(x: [B, 8], y: [B, 5]) -> [B, 4] {
  let f = Dense(4)
  return f(x) + f(y)
}
