model Net(x: [B, 8]) -> [B, 8] {
  let scale = 3
  return x -> scale
}
