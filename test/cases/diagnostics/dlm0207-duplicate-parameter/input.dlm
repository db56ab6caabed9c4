block Scale(x)(x: [B, D]) -> [B, D] {
  return 2 * x
}
