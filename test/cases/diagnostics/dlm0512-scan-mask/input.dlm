model Net(x: [B, T, 3], real: bool[B]) -> [B, T, 4] {
  return x -> scan T where real { Gru(4) }
}
