// DLM0701
block Gate()(x: [B, D]) -> [B] {
  param w: [D] ~ normal(0, 1)
  let open = x @ w > 0
  return float(open) * mean(x, over = 1)
}

train T {
  data x: [B, 8], y: [B]
  let gate = Gate()
  minimize mean((gate(x) - y)^2) over gate using Adam()
}
