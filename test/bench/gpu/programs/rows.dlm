model Softmax(x: [R, C]) -> [R, C] {
  return softmax(x)
}

model Norm(x: [R, C], gamma: [C], beta: [C]) -> [R, C] {
  let mu = mean(x, over = -1, keepdim = true)
  let v = mean((x - mu)^2, over = -1, keepdim = true)
  return (x - mu) / sqrt(v + 1e-5) * gamma + beta
}

/// Five operations on each element.
model Elementwise(x: [N]) -> [N] {
  return sqrt(abs(x * 1.5 + 0.25) + 1)
}
