model Mlp(classes = 10)(x: [B, 784]) -> [B, classes] {
  return x
    -> Dense(64) -> relu
    -> Dense(12)
}
