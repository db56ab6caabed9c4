cell Gru(units)(x: [B, In]) -> [B, units] {
  param Wx: [In, 3 * units] ~ glorot()
  param Wh: [units, 3 * units] ~ orthogonal()
  param bias: [3 * units] = 0
  state h: [B, units] = 0

  let xr, xz, xn = split(x @ Wx + bias, 3)
  let hr, hz, hn = split(h @ Wh, 3)
  let r = sigmoid(xr + hr)
  let z = sigmoid(xz + hz)
  next h = (1 - z) * tanh(xn + r * hn) + z * h
  return next h
}

model Seq2Seq(vocab = 64, units = 128)(source: int[B, S], target: int[B, T]) -> [B, T, vocab] {
  let embed = Embedding(vocab, units)
  let memory = source -> embed -> scan S { Gru(units) } -> last(S)
  return target -> embed -> scan T from memory { Gru(units) } -> Dense(vocab)
}

block WaveNet(ch, depth = 8)(x: [B, T, C]) -> [B, T, ch] {
  let h = x -> Dense(ch)
  return h -> repeat i in range(depth) { CausalConv(ch, 2, dilation = 2^i) -> tanh }
}
