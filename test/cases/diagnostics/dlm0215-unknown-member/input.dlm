model Pair(x: [B, 8]) -> (left: [B, 2], right: [B, 2]) {
  return x -> Dense(2), x -> Dense(2)
}

model Net(x: [B, 8]) -> [B, 2] {
  let pair = Pair()
  let both = pair(x)
  return both.rigth
}
