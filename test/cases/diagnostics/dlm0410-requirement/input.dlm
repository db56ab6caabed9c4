block CausalAttention(heads, dropout = 0.1)(x: [B, T, E]) -> [B, T, E] {
  // Every head sees a part of the embedding.
  // The parts are equal.
  require E % heads == 0, "heads must divide the embedding size"
  return x -> Dense(E) -> Dropout(dropout)
}

model Gpt(x: [B, T, 384]) -> [B, T, 384] {
  return x
    -> CausalAttention(5)
}
