block Residual()(x: [B, D], skip: [B, D]) -> [B, D] {
  return x + skip
}

model Net(x: [B, 8], y: [B, 5]) -> [B, 8] {
  let join = Residual()
  return join(x, y)
}
