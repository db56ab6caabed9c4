model Generator(z: [B, 100]) -> [B, 8, 8, 50] {
  return z
    -> Dense(3136) -> reshape([B, 8, 8, 50])
}
