block Mix()(x: [B, Channels], y: [B, Chanels]) -> [B, Channels] {
  return x + sum(y)
}
