block Tree(depth)(x: [B, D]) -> [B, D] {
  let below = Tree(depth - 1)
  return x -> below
}

model Net(x: [B, 8]) -> [B, 8] {
  return x -> Tree(3)
}
