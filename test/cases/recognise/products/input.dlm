/// Rows and columns, rows alone, neither: how much is used again decides about loops.
model Net(x: [B, 7], y: [B, 5], z: [5]) {
  param W: [7, 5] ~ glorot()
  let matrix = x @ W
  let vector = y @ z
  let dot[b] = sum[j](matrix[b, j] * y[b, j])
  let outer[b, i, j] = x[b, i] * y[b, j]
  let together[i, j] = sum[b](x[b, i] * y[b, j])
  return matrix, vector, dot, outer, together
}
