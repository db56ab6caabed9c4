model Net(x: [B, T, 3], lengths: int[B]) -> [B, T, 4] {
  return x -> scan T where lengths { Gru(4) }
}
