/// One number to one number, smooth: a network learns the curve it is shown.
model Curve(x: [B, 1]) -> [B, 1] {
  return x -> repeat 3 { Dense(48) -> silu } -> Dense(1)
}

train CurveTrainer {
  data x: [B, 1], y: [B, 1]
  let net = Curve()
  let error = (net(x) - y)^2
  minimize mean(error) using Adam(lr = cosine(1e-2, warmup = 50, total = 4_000))
  metric rmse = sqrt(mean(error))
  batch: 64
  epochs: 250
}
