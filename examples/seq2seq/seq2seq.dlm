/// Reads a text in both directions, then writes another: a GRU for each, and attention between them. `given` is what
/// has been written so far, one place later than what is to be written.
model Translator(vocab = 41, width = 32, units = 64)
  (source: int[B, S], given: int[B, T]) -> (logits: [B, T, vocab], seen: [B, T, S]) {
  let characters = source -> Embedding(vocab, width)
  let forwards = characters -> scan S { Gru(units) }
  let backwards = characters -> scan S reverse { Gru(units) }
  let memory = concat(forwards, backwards)
  let written = given -> Embedding(vocab, width) -> scan T { Gru(units) }
  let asked = written -> Dense(2 * units)
  let score[b, t, s] = sum[u](asked[b, t, u] * memory[b, s, u]) / sqrt(2 * units)
  let seen = softmax(score)
  let context[b, t, u] = sum[s](seen[b, t, s] * memory[b, s, u])
  return concat(written, context) -> Dense(units) -> tanh -> Dense(vocab), seen
}

train DateTrainer {
  data source: int[B, 27], given: int[B, 10], target: int[B, 10]
  let net = Translator()
  let logits, seen = net(source, given)
  let loss = mean(cross_entropy(logits, target))
  minimize loss using Adam(lr = cosine(5e-3, 100, 800)) clip 1
  metric characters = mean(argmax(logits) == target)
  batch: 32
  steps: 800
}
