/// Everything that a recipe may combine: three nets, steps, repeats, groups with one clip, a draw, stopped gradients,
/// a buffer that training reads, a frozen net, a penalty, accumulated gradients, averaged weights.

/// Takes off a running mean, as it was before this batch.
block Centred()(x: [B, D]) -> [B, D] {
  buffer centre: [D] = 0
  next centre = 0.8 * centre + 0.2 * mean(x, over = 0)
  return x - centre
}

block Decayed(units)(x: [B, D]) -> [B, units] {
  param W: [D, units] ~ glorot()
  penalty 0.1 * sum(W^2)
  return x @ W
}

model Encoder(x: [B, 7]) -> [B, 6] {
  return x -> Dense(9) -> BatchNorm() -> relu -> Dense(6) -> Centred()
}

model Predictor(z: [B, 6]) -> [B, 6] {
  return z -> Dense(5) -> relu -> Dense(6)
}

model Probe(z: [B, 6]) -> [B, 3] {
  return z -> Decayed(3)
}

train Twin {
  data x: [B, 7], label: int[B]
  let encode = Encoder()
  let predict = Predictor()
  let probe = Probe()
  step siam {
    let noise: [B, 7] ~ normal(0, 0.5)
    let a = encode(x + noise)
    let b = encode(x)
    let ahead = cosine_similarity(predict(a), stop_gradient(b))
    let back = cosine_similarity(predict(b), stop_gradient(a))
    minimize mean(-ahead - back)
      over encode using Sgd(lr = 0.1, momentum = 0.9)
      over predict using AdamW(lr = 0.01, decay = 0.1) clip 0.5
  }
  step judge repeat 2 {
    minimize mean(cross_entropy(probe(encode(x)), label)) over probe using Adamax(lr = 0.02)
  }
  accumulate: 2
  ema: 0.9
}
