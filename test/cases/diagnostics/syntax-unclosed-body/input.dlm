model First(x: [B, 4]) -> [B, 2] {
  return x -> Dense(2)

model Second(x: [B, 4]) -> [B, 2] {
  return x -> Dense(2)
}
