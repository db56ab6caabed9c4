// Small programs and data that the tests of the command line train.

/** Three numbers to two classes; learns within a few epochs. */
export const tinyProgram = `model Tiny(classes = 2)(x: [B, 3]) -> [B, classes] {
  return x -> Dense(5) -> tanh -> Dense(classes)
}

train TinyTrainer {
  data x: [B, 3], label: int[B]
  let net = Tiny()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 0.05)
  metric accuracy = mean(argmax(logits) == label)
  batch: 7
  epochs: 4
}
`;

/** `count` rows of three numbers and a label: 1 where the first number is larger than the second. */
export const tinyRows = (count: number, classes = 2): string =>
  Array.from({ length: count }, (_, i) => {
    const [a, b, c] = [Math.sin(1.7 * i), Math.cos(2.3 * i), Math.sin(0.9 * i + 1)];
    return `${a.toFixed(4)},${b.toFixed(4)},${c.toFixed(4)},${a > b ? classes - 1 : 0}\n`;
  }).join("");

/** Two nets that learn in turns, from numbers around 2. */
export const pairProgram = `model Maker(z: [B, 2]) -> [B, 1] {
  return z -> Dense(4) -> tanh -> Dense(1)
}

model Judge(x: [B, 1]) -> [B, 1] {
  return x -> Dense(4) -> tanh -> Dense(1)
}

train Pair {
  data real: [B, 1]
  let maker = Maker()
  let judge = Judge()
  let z: [B, 2] ~ normal()
  let fake = maker(z)

  step judge {
    minimize mean(softplus(-judge(real))) + mean(softplus(judge(fake))) over judge using Adam(lr = 0.01)
  }
  step maker {
    minimize mean(softplus(-judge(fake))) over maker using Adam(lr = 0.01)
  }
  batch: 5
  epochs: 2
}
`;

/** Guesses each character from the one before; 27 kinds. */
export const textProgram = `model Bigram(vocab = 27)(text: int[B, T]) -> [B, T, vocab] {
  return text -> Embedding(vocab, vocab)
}

train BigramTrainer {
  data text: int[B, T], target: int[B, T]
  let net = Bigram(vocab = 27)
  let loss = mean(cross_entropy(net(text), target))
  minimize loss using Adam(lr = 0.05)
  metric bits = loss / log(2)
  batch: 5
  T: 8
}
`;

/** 1,440 characters, 27 kinds of them. */
export const sentence = "the quick brown fox jumps over the lazy dog ".repeat(33).slice(0, 1440);
