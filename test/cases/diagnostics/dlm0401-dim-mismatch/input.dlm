model Net(x: [B, 784]) -> [B, 10] {
  // W was written for another input.
  param W: [768, 128] ~ glorot()
  let h = x @ W
  return h -> Dense(10)
}
