model Net(x: [B, 8]) -> [B, 8] {
  let best: [B] = argmax(x)
  return x * reshape(best, [B, 1])
}
