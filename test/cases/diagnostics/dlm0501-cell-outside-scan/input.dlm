cell Lstm1(units)(x: [B, In]) -> [B, units] {
  param W: [In, units] ~ glorot()
  state h: [B, units] = 0
  next h = tanh(x @ W + h)
  return next h
}

model Chars(vocab = 96)(chars: int[B, T]) -> [B, T, vocab] {
  return chars
    -> Embedding(vocab, 64)
    -> Lstm1(256)
    -> Dense(vocab)
}
