// What reads two gates makes both of them, though others need them too; a value stays apart from what sums of it lead to.
model Gates(x: [B, 9]) -> (z: [B, 3], r: [B, 3], h: [B, 3], g: [B, 3], k: [B, 3]) {
  let z = sigmoid(x[:, 0:3])
  let r = sigmoid(x[:, 3:6])
  let g = tanh(x[:, 6:9])
  let all = softmax(g, over = 0)
  let k = tanh(all * z)
  return z, r, z * r, g, g * k
}
