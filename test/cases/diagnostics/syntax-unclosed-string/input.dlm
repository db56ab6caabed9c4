block Same(x: [B, H, W, C]) -> [B, H, W, C] {
  return x -> Conv(C, 3, pad = "same)
}

fn after(x) = x
