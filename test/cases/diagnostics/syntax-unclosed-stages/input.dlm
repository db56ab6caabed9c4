model Net(x: [B, 4]) -> [B, 4] {
  let h = x -> repeat 3 { Dense(4) -> relu
  return h
}
