model Net(x: [B, 4]) -> {
  return x -> Dense(2)
}
