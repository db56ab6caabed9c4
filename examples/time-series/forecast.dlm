/// Carbon dioxide of the coming weeks, in parts per million, from that of the past ones. What a GRU
/// reads and tells is the difference from the last week, so that the level of the decade plays no part.
model Forecast(units = 32, T = 104, ahead = 26)(past: [B, T]) -> [B, ahead] {
  let scale = 3
  let level = unsqueeze(last(past, 1), 1)
  let change = (past - level) / scale
  let state = unsqueeze(change, 2) -> scan T { Gru(units) } -> last(T)
  return level + scale * (state -> Dense(ahead))
}

train CarbonTrainer {
  data past: [B, 104], future: [B, 26]
  let net = Forecast()
  let loss = mean((net(past) - future)^2)
  minimize loss using Adam(lr = cosine(5e-3, 50, 1200)) clip 1
  metric rmse = sqrt(loss)
  batch: 32
  steps: 1200
}
