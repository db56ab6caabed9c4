/// A 3x3 convolution that keeps the size, channels last.
fn conv(x: [B, H, W, C], K: [3, 3, C, O]) -> [B, H, W, O] {
  let xp = pad_edges(x, [0, 2, 2, 0])
  let y[n, h < H, w < W, o] = sum[i, j, c](xp[n, h + i, w + j, c] * K[i, j, c, o])
  return y
}

model Forward(x: [B, H, W, C], K: [3, 3, C, O]) -> [B, H, W, O] {
  return conv(x, K)
}

model InputGradient(x: [B, H, W, C], K: [3, 3, C, O], dy: [B, H, W, O]) -> [B, H, W, C] {
  return grad(sum(conv(x, K) * dy), x)
}

model KernelGradient(x: [B, H, W, C], K: [3, 3, C, O], dy: [B, H, W, O]) -> [3, 3, C, O] {
  return grad(sum(conv(x, K) * dy), K)
}
