model Net(x: [B, 784]) -> [B, 10] {
  parma W: [784, 10] ~ glorot()
  retrun x @ W
}
