block Positions(ctx)(x: [B, T <= ctx, E]) -> [B, T, E] {
  param W: [ctx, E] ~ normal(0, 0.02)
  return x + W[:T]
}

model Net(x: [B, 300, 16]) -> [B, 300, 16] {
  return x -> Positions(256)
}
