model Net(x: [B, 8]) -> [B, 8] {
  return x -> repeat B { Dense(8) }
}
