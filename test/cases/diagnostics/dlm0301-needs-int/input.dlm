model Rank(x: [B, T]) -> [B, T, 64] {
  // Rows of a table, by number.
  return x -> Embedding(5000, 64)
}
