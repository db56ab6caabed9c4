/// A forward and a backward GRU over a series; predicts one number.
model Forecast(series: [B, T, 3]) -> [B] {
  let ahead = series -> scan T { Gru(7) }
  let back = series -> scan T reverse { Gru(7) }
  return concat(last(ahead, T), first(back, T)) -> Dense(1) -> reshape([B])
}

train Twin {
  data series: [B, T, 3], next_value: [B]
  let net = Forecast()
  minimize mean(huber(net(series), next_value, delta = 0.25))
    using RmsProp(lr = 5e-3, momentum = 0.5, centered = true)
}
