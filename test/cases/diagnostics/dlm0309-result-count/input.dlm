model Net(x: [B, 8]) -> (left: [B, 4], right: [B, 4]) {
  let a, b, c = split(x, 2)
  return a
}
