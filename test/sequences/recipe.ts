// A small classifier of sequences and examples for it, of 1 to 12 tokens.

export const classifier = `model Net(tokens: int[B, T <= 12], lengths: int[B]) -> [B, 2] {
  let y = tokens -> Embedding(7, 3) -> scan T where within(lengths, T) { Gru(4) }
  return last_of(y, lengths) -> Dense(2)
}

train Classify {
  data tokens: int[B, T <= 12], lengths: int[B], label: int[B]
  let net = Net()
  let score = net(tokens, lengths)
  minimize mean(cross_entropy(score, label)) using Adam(lr = 0.02)
  metric accuracy = mean(accuracy(score, label))
  batch: 4
  epochs: 3
}
`;

/** Sequence i has 1 + 5 i % 12 tokens; its label is whether it starts with an even one. */
export const examples = (count: number): readonly { tokens: Int32Array; label: number }[] =>
  Array.from({ length: count }, (_, i) => {
    const length = 1 + ((5 * i) % 12);
    const tokens = Int32Array.from({ length }, (_, t) => (i * 3 + t * t) % 7);
    return { tokens, label: Number(tokens[0]! % 2 === 0) };
  });
