block Squeeze(r)(x: [B, H, W, Channels]) -> [B, H, W, Chanels] {
  return x
}
