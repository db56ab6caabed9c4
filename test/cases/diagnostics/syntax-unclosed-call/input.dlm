model Net(x: [B, 784]) -> [B, 10] {
  let h = x -> Dense(128 -> relu
  let y = h -> Dense(10)
  return y
}
