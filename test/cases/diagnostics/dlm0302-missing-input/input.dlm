model Ranker(user: [B, 8], item: [B, 8], price: [B, 1]) -> [B] {
  return sum(user * item, over = -1) + sum(price, over = -1)
}

train RankTrainer {
  data user: [B, 8], item: [B, 8], price: [B, 1], label: [B]
  let ranker = Ranker()
  let s = ranker(user, item)
  minimize mean((s - label)^2) using Adam()
}
