block Deep(depth)(x: [B, D]) -> [B, D] {
  for i in range(depth) {
    let x = x -> Dense(D)
  }
  return x
}
