/// Scores of the next character at every place of a text.
model CharLstm(vocab = 63, width = 32, units = 128)(text: int[B, T]) -> [B, T, vocab] {
  return text -> Embedding(vocab, width) -> scan T { Lstm(units, forget_bias = 1) } -> Dense(vocab)
}

train CharTrainer {
  data text: int[B, T], target: int[B, T]
  let net = CharLstm()
  let loss = mean(cross_entropy(net(text), target))
  minimize loss using Adam(lr = cosine(1e-2, 100, 1_920)) clip 1
  metric bits = loss / log(2)
  batch: 32
  steps: 1_920
  T: 64
}
