model Mlp(hidden)(x: [B, 784]) -> [B, 10] {
  return x -> repeat width in hidden { Dense(width) -> relu } -> Dense(10)
}

train MlpTrainer {
  data x: [B, 784], label: int[B]
  let net = Mlp([512, 256, 128])
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
  batch: 1024
}

train MlpSmall {
  data x: [B, 784], label: int[B]
  let net = Mlp([33, 17])
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
  batch: 5
}

/// For single examples.
model Digits(x: [1, 784]) -> [1, 10] {
  return x -> Dense(128) -> relu -> Dense(10)
}

model Cnn(ch, hidden)(x: [B, 28, 28, 1]) -> [B, 10] {
  return x
    -> Conv(ch, 3, pad = "same") -> relu -> max_pool(2)
    -> Conv(2 * ch, 3, pad = "same") -> relu -> max_pool(2)
    -> flatten -> Dense(hidden) -> relu -> Dense(10)
}

train CnnTrainer {
  data x: [B, 28, 28, 1], label: int[B]
  let net = Cnn(32, 128)
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
  batch: 256
}

train CnnSmall {
  data x: [B, 28, 28, 1], label: int[B]
  let net = Cnn(3, 7)
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
  batch: 2
}

model Gpt(depth, heads, width, vocab, ctx)(tokens: int[B, T <= ctx]) -> [B, T, vocab] {
  param wte: [vocab, width] ~ normal(0, 0.02)
  param wpe: [ctx, width] ~ normal(0, 0.02)
  let pos = wpe[:T]
  let x[b, t, e] = wte[tokens[b, t], e] + pos[t, e]
  return x -> repeat depth { GptBlock(heads, 0) } -> LayerNorm() -> Dense(vocab)
}

train GptTrainer {
  data tokens: int[B, T], label: int[B, T]
  let net = Gpt(6, 6, 384, 256, 256)
  minimize mean(cross_entropy(net(tokens), label)) using Adam(lr = 1e-3)
  batch: 32
  T: 256
}

train GptSmall {
  data tokens: int[B, T], label: int[B, T]
  let net = Gpt(2, 2, 12, 17, 8)
  minimize mean(cross_entropy(net(tokens), label)) using Adam(lr = 1e-3)
  batch: 3
  T: 8
}
