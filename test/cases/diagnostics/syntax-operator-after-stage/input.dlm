block Residual(x: [B, 8]) -> [B, 8] {
  let h = x -> Dense(8) + x
  return h
}
