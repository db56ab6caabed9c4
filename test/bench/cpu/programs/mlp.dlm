model Mlp(x: [B, 784]) -> [B, 10] {
  return x -> repeat width in [512, 256, 128] { Dense(width) -> relu } -> Dense(10)
}
