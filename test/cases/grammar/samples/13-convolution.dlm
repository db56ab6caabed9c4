/// 2-d convolution, channels last. `pad` is "valid", "same" or a number.
block Conv(ch, kernel, stride = 1, pad = "valid", dilation = 1, bias = true)(x: [B, H, W, C]) -> [B, Ho, Wo, ch] {
  let reach = dilation * (kernel - 1)
  let p = if pad == "same" then reach else if pad == "valid" then 0 else 2 * pad
  let Ho = floor((H + p - reach - 1) / stride) + 1
  let Wo = floor((W + p - reach - 1) / stride) + 1
  param K: [kernel, kernel, C, ch] ~ he()
  param b: [ch] = 0
  let xp = pad_edges(x, [0, p, p, 0])
  let y[n, h < Ho, w < Wo, o] =
    sum[i, j, c](xp[n, h * stride + i * dilation, w * stride + j * dilation, c] * K[i, j, c, o])
  return if bias then y + b else y
}

fn max_pool(x: [B, H, W, C], size, stride = size) {
  let y[b, h < floor((H - size) / stride) + 1, w < floor((W - size) / stride) + 1, c] =
    max[i < size, j < size](x[b, h * stride + i, w * stride + j, c])
  return y
}
