// The network that costs and sizes are stated for: two hidden layers, 784-256-128-10.

/** The model `Mlp` and the recipe `MlpTrainer`. */
export const mlp = (settings = "batch: 128"): string => `
/// Two hidden layers, for digits given as 784 numbers.
model Mlp(x: [B, 784]) -> [B, 10] {
  return x -> Dense(256) -> relu -> Dense(128) -> relu -> Dense(10)
}

train MlpTrainer {
  data x: [B, 784], label: int[B]
  let net = Mlp()
  minimize mean(cross_entropy(net(x), label)) using Adam()
  ${settings}
}
`;
