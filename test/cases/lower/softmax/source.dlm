// Rows: a maximum, exponentials and their sum.
model Net(x: [B, 11]) -> [B, 11] {
  return softmax(x)
}
