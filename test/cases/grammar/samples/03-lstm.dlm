/// One time step. `state` survives between steps of the enclosing scan.
cell Lstm(units)(x: [B, In]) -> [B, units] {
  param W: [In + units, 4 * units] ~ glorot()
  param b: [4 * units] = 0
  state h: [B, units] = 0
  state c: [B, units] = 0

  let i, f, g, o = split(concat(x, h) @ W + b, 4)
  next c = sigmoid(f + 1) * c + sigmoid(i) * tanh(g)
  next h = sigmoid(o) * tanh(next c)
  return next h
}

model CharLstm(vocab = 96, units = 256)(chars: int[B, T]) -> [B, T, vocab] {
  return chars
    -> Embedding(vocab, 64)
    -> scan T { Lstm(units) -> Lstm(units) }
    -> Dense(vocab)
}

model BiTagger(vocab = 10_000, tags = 17)(words: int[B, T]) -> [B, T, tags] {
  let e = words -> Embedding(vocab, 128)
  let fwd = e -> scan T { Lstm(128) }
  let bwd = e -> scan T reverse { Lstm(128) }
  return concat(fwd, bwd) -> Dense(tags)
}

train CharTrainer {
  data chars: int[B, T], target: int[B, T]
  let net = CharLstm()
  let loss = mean(cross_entropy(net(chars), target))
  minimize loss using Adam(lr = 2e-3) clip 1.0
  metric perplexity = exp(loss)
  batch: 32
  epochs: 20
}
