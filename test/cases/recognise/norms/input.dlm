/// Every norm of the library; then a root of squares that nothing is divided by.
model Net(x: [B, 5, 7, 6]) -> [B, 5, 7, 6] {
  return x -> LayerNorm() -> RmsNorm() -> GroupNorm(3) -> InstanceNorm()
}

model Length(x: [B, 7]) -> [B] {
  return sqrt(sum(x^2, over = 1) + 1e-6)
}

train Fit {
  data x: [B, 6], y: [B, 2]
  let net = Scaled()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}

model Scaled(x: [B, 6]) -> [B, 2] {
  return x -> Dense(5) -> BatchNorm() -> tanh -> Dense(2)
}
