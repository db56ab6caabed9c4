/// Three dense layers with two activations; a batch of the data is smaller than the others.
model Mlp(x: [B, 7]) -> [B, 3] {
  return x -> Dense(12) -> relu -> Dense(9) -> gelu -> Dense(3)
}

train Twin {
  data x: [B, 7], label: int[B]
  let net = Mlp()
  minimize mean(cross_entropy(net(x), label))
    using Adam(lr = step_decay(0.02, every = 7, gamma = 0.5), decay = 1e-3)
}
