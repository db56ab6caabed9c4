model Net(x: [B, 784]) -> [B, 10] {
  const h = x -> Dense(16)
  return h -> Dense(10)
}
