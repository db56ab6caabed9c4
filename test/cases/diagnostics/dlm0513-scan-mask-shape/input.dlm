cell Count(x: [B, 3]) -> [B, 3] {
  state n: float = 0
  next n = n + 1
  return x * next n
}

model Net(x: [B, T, 3], lengths: int[B]) -> (y: [B, T, 3], z: [T, 3], w: [B, T]) {
  let real = within(lengths, T)
  let y = x -> scan T where real { Count() }
  let z = x -> scan T where real { sum(over = 0) }
  let w = x -> scan T where unsqueeze(real, -1) { sum(over = -1) }
  return y, z, w
}
