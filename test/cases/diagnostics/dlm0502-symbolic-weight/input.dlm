model Net(x: [B, 784]) -> [784, 10] {
  param W: [B, 10] ~ glorot()
  return transpose(x) @ W
}
