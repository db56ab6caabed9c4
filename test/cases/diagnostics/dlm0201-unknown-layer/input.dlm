model Net(x: [B, 784]) -> [B, 10] {
  return x
    -> Dence(128) -> relu
    -> Dense(10)
}
