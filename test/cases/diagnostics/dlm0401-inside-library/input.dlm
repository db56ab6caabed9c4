model Net(x: [B, 8], y: [B, 5]) -> [B] {
  return cosine_similarity(x, y)
}
