import { mish, focal as focal_loss } from "./09_custom.dlm"

let DIM = 64

model Ranker(dim = DIM)(user: int[B], item: int[B], price: [B, 1]) -> (score: [B], vec: [B, dim]) {
  let u = user -> Embedding(10_000, dim)
  let v = item -> Embedding(50_000, dim)
  let side = price -> Dense(dim) -> mish
  return sum(u * (v + side), over = -1), u
}

model Siamese(a: [B, 28, 28, 1], b: [B, 28, 28, 1]) -> [B] {
  let tower = Tower(64)
  let za = tower(a)
  let zb = b -> tower
  return sqrt(sum((za - zb)^2, over = -1) + 1e-6)
}

block Tower(dim)(x: [B, H, W, C]) -> [B, dim] {
  let body = Conv(32, 3)                          // named, so a recipe can point at it
  let head = Dense(dim)
  return x -> body -> mish -> flatten -> head
}

block BatchNorm2(momentum = 0.9, eps = 1e-5)(x: [..., C]) -> [..., C] {
  param gamma: [C] = 1
  param beta: [C] = 0
  buffer run_mu: [C] = 0
  buffer run_var: [C] = 1
  let mu = if training then mean(x, keep = C) else run_mu
  let v = if training then mean((x - mu)^2, keep = C) else run_var
  next run_mu = momentum * run_mu + (1 - momentum) * mu
  next run_var = momentum * run_var + (1 - momentum) * v
  return (x - mu) / sqrt(v + eps) * gamma + beta
}

block Dropout(rate)(x: [...S]) -> [...S] {
  require 0 <= rate and rate < 1, "rate is a probability"
  let keep: [...S] ~ bernoulli(1 - rate)
  return if training then x * keep / (1 - rate) else x
}

block Conv1D(ch, k)(x: [B, T, C]) -> [B, T - k + 1, ch] {
  param W: [k, C, ch] ~ he()
  param b: [ch] = 0
  let y[n, t, o] = sum[i, c](x[n, t + i, c] * W[i, c, o]) + b[o]
  return y
}

train FineTune {
  data a: [B, 28, 28, 1], b: [B, 28, 28, 1], same: [B]
  let net = Siamese()
  let d = net(a, b)
  minimize mean(same * d^2 + (1 - same) * max(0, 1 - d)^2)
    over net.tower.head using Adam(lr = 1e-3)
    over net.tower.body using Adam(lr = 1e-5)
  batch: 64
}
