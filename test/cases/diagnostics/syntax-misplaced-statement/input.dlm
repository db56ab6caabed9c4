train Trainer {
  param W: [4, 1] ~ glorot()
  data x: [B, 4], y: [B]
  minimize mean((x @ W - y)^2) using Sgd(lr = 0.1)
}
