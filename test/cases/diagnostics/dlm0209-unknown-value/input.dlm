model Net(x: [B, 8]) -> [B, 2] {
  let hidden = x -> Dense(16) -> relu
  return hiden -> Dense(2)
}
