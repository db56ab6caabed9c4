model Net(x: integer[B]) -> [B, 4] {
  return x -> Embedding(10, 4)
}
