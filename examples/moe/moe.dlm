/// Scores of the next character from the six up to it. `experts` 0 has one feed-forward part for
/// all characters; else each goes through the one of `experts` such parts that a router picks.
model NextCharacter(experts, vocab = 63, width = 32, inner = 96, hidden = 128)
  (text: int[B, T]) -> [B, T, vocab] {
  let near = text -> Embedding(vocab, width) -> CausalConv(inner, 6)
  let feed =
    if experts == 0 then FeedForward(hidden, relu) else SwitchMoe(experts, hidden, capacity = 2)
  let told = near + (near -> LayerNorm() -> feed)
  return told -> LayerNorm() -> Dense(vocab)
}

train ExpertsTrainer {
  data text: int[B, T], target: int[B, T]
  let net = NextCharacter(8)
  let loss = mean(cross_entropy(net(text), target))
  minimize loss using Adam(lr = cosine(1e-2, 50, 350)) clip 1
  metric bits = loss / log(2)
  batch: 16
  steps: 350
  T: 64
}

/// The same network with one part: as many operations for a character.
train DenseTrainer {
  data text: int[B, T], target: int[B, T]
  let net = NextCharacter(0)
  let loss = mean(cross_entropy(net(text), target))
  minimize loss using Adam(lr = cosine(1e-2, 50, 350)) clip 1
  metric bits = loss / log(2)
  batch: 16
  steps: 350
  T: 64
}
