block Towers(n)(x: [B, D]) -> [B, n] {
  return x -> Dense(n)
}
