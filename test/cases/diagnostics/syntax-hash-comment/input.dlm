# My network
model Net(x: [B, 784]) -> [B, 10] {
  # one layer is enough
  return x -> Dense(10)
}
