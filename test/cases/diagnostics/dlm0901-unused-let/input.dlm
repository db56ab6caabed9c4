model Net(x: [B, 8]) -> [B, 2] {
  let hidden = x -> Dense(16) -> relu
  return x -> Dense(2)
}
