/// Padding of one of `n` axes, both sides together.
fn total_pad(pad, reach, axis, n = 2) =
  if pad == "same" then reach else if pad == "valid" then 0 else 2 * spread(pad, n)[axis]

/// 2-d convolution, channels last. Channel `g * (C / groups) + c` belongs to group g. PyTorch:
/// `Conv2d`, with `K = weight.permute(2, 3, 1, 0)`.
block Conv(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true)
  (x: [B, H, W, C]) -> [B, Ho, Wo, ch] {
  require C % groups == 0 and ch % groups == 0,
    "groups must divide the input and the output channels"
  let k = spread(kernel, 2)
  let s = spread(stride, 2)
  let d = spread(dilation, 2)
  let rh = d[0] * (k[0] - 1)
  let rw = d[1] * (k[1] - 1)
  let ph = total_pad(pad, rh, 0)
  let pw = total_pad(pad, rw, 1)
  let Ho = floor((H + ph - rh - 1) / s[0]) + 1
  let Wo = floor((W + pw - rw - 1) / s[1]) + 1
  param K: [k[0], k[1], C / groups, ch] ~ he()
  param b: [ch] = 0
  let xg = x -> pad_edges([0, ph, pw, 0]) -> reshape([B, H + ph, W + pw, groups, C / groups])
  let Kg = reshape(K, [k[0], k[1], C / groups, groups, ch / groups])
  let y[n, h < Ho, w < Wo, g, o] =
    sum[i, j, c](xg[n, h * s[0] + i * d[0], w * s[1] + j * d[1], g, c] * Kg[i, j, c, g, o])
  let z = reshape(y, [B, Ho, Wo, ch])
  return if bias then z + b else z
}

/// 1-d convolution, channels last: `[B, T, C]` to `[B, To, ch]`. PyTorch: `Conv1d`, with `K =
/// weight.permute(2, 1, 0)`.
block Conv1d(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true)
  (x: [B, T, C]) -> [B, To, ch] {
  require C % groups == 0 and ch % groups == 0,
    "groups must divide the input and the output channels"
  let k = spread(kernel, 1)[0]
  let s = spread(stride, 1)[0]
  let d = spread(dilation, 1)[0]
  let r = d * (k - 1)
  let p = total_pad(pad, r, 0, 1)
  let To = floor((T + p - r - 1) / s) + 1
  param K: [k, C / groups, ch] ~ he()
  param b: [ch] = 0
  let xg = x -> pad_edges([0, p, 0]) -> reshape([B, T + p, groups, C / groups])
  let Kg = reshape(K, [k, C / groups, groups, ch / groups])
  let y[n, t < To, g, o] = sum[i, c](xg[n, t * s + i * d, g, c] * Kg[i, c, g, o])
  let z = reshape(y, [B, To, ch])
  return if bias then z + b else z
}

/// 3-d convolution, channels last: `[B, Z, H, W, C]` to `[B, Zo, Ho, Wo, ch]`. PyTorch: `Conv3d`,
/// with `K = weight.permute(2, 3, 4, 1, 0)`.
block Conv3d(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true)
  (x: [B, Z, H, W, C]) -> [B, Zo, Ho, Wo, ch] {
  require C % groups == 0 and ch % groups == 0,
    "groups must divide the input and the output channels"
  let k = spread(kernel, 3)
  let s = spread(stride, 3)
  let d = spread(dilation, 3)
  let rz = d[0] * (k[0] - 1)
  let rh = d[1] * (k[1] - 1)
  let rw = d[2] * (k[2] - 1)
  let pz = total_pad(pad, rz, 0, 3)
  let ph = total_pad(pad, rh, 1, 3)
  let pw = total_pad(pad, rw, 2, 3)
  let Zo = floor((Z + pz - rz - 1) / s[0]) + 1
  let Ho = floor((H + ph - rh - 1) / s[1]) + 1
  let Wo = floor((W + pw - rw - 1) / s[2]) + 1
  param K: [k[0], k[1], k[2], C / groups, ch] ~ he()
  param b: [ch] = 0
  let xp = pad_edges(x, [0, pz, ph, pw, 0])
  let xg = reshape(xp, [B, Z + pz, H + ph, W + pw, groups, C / groups])
  let Kg = reshape(K, [k[0], k[1], k[2], C / groups, groups, ch / groups])
  let y[n, z < Zo, h < Ho, w < Wo, g, o] = sum[l, i, j, c](
    xg[n, z * s[0] + l * d[0], h * s[1] + i * d[1], w * s[2] + j * d[2], g, c]
    * Kg[l, i, j, c, g, o]
  )
  let out = reshape(y, [B, Zo, Ho, Wo, ch])
  return if bias then out + b else out
}

/// 1-d convolution that sees no later position: pads in front only, keeps T (van den Oord et al.,
/// 2016).
block CausalConv(ch, kernel, dilation = 1, bias = true)(x: [B, T, C]) -> [B, T, ch] {
  let r = dilation * (kernel - 1)
  param K: [kernel, C, ch] ~ he()
  param b: [ch] = 0
  let xp = pad_edges(x, [[0, 0], [r, 0], [0, 0]])
  let y[n, t < T, o] = sum[i, c](xp[n, t + i * dilation, c] * K[i, c, o])
  return if bias then y + b else y
}

/// One filter for each channel, or `multiplier` of them. PyTorch: `Conv2d` with `groups =
/// in_channels`.
block DepthwiseConv(kernel, stride = 1, pad = "valid", dilation = 1, multiplier = 1, bias = true)
  (x: [B, H, W, C]) -> [B, Ho, Wo, C * multiplier] {
  let conv = Conv(C * multiplier, kernel, stride, pad, dilation, C, bias)
  let y = conv(x)
  let Ho = size(y, 1)
  let Wo = size(y, 2)
  return y
}

/// A depthwise convolution, then a 1x1 convolution to `ch` channels (Chollet, 2017).
block SeparableConv(
  ch, kernel, stride = 1, pad = "valid", dilation = 1, multiplier = 1, bias = true
)(x: [B, H, W, C]) -> [B, Ho, Wo, ch] {
  let depthwise = DepthwiseConv(kernel, stride, pad, dilation, multiplier, bias)
  let pointwise = Conv(ch, 1, bias = bias)
  let y = x -> depthwise -> pointwise
  let Ho = size(y, 1)
  let Wo = size(y, 2)
  return y
}

/// `DepthwiseConv` of `[B, T, C]`. PyTorch: `Conv1d` with `groups = in_channels`.
block DepthwiseConv1d(kernel, stride = 1, pad = "valid", dilation = 1, multiplier = 1, bias = true)
  (x: [B, T, C]) -> [B, To, C * multiplier] {
  let conv = Conv1d(C * multiplier, kernel, stride, pad, dilation, C, bias)
  let y = conv(x)
  let To = size(y, 1)
  return y
}

/// `DepthwiseConv` of `[B, Z, H, W, C]`. PyTorch: `Conv3d` with `groups = in_channels`.
block DepthwiseConv3d(kernel, stride = 1, pad = "valid", dilation = 1, multiplier = 1, bias = true)
  (x: [B, Z, H, W, C]) -> [B, Zo, Ho, Wo, C * multiplier] {
  let conv = Conv3d(C * multiplier, kernel, stride, pad, dilation, C, bias)
  let y = conv(x)
  let Zo = size(y, 1)
  let Ho = size(y, 2)
  let Wo = size(y, 3)
  return y
}

/// `SeparableConv` of `[B, T, C]`.
block SeparableConv1d(
  ch, kernel, stride = 1, pad = "valid", dilation = 1, multiplier = 1, bias = true
)(x: [B, T, C]) -> [B, To, ch] {
  let depthwise = DepthwiseConv1d(kernel, stride, pad, dilation, multiplier, bias)
  let pointwise = Conv1d(ch, 1, bias = bias)
  let y = x -> depthwise -> pointwise
  let To = size(y, 1)
  return y
}

/// `SeparableConv` of `[B, Z, H, W, C]`.
block SeparableConv3d(
  ch, kernel, stride = 1, pad = "valid", dilation = 1, multiplier = 1, bias = true
)(x: [B, Z, H, W, C]) -> [B, Zo, Ho, Wo, ch] {
  let depthwise = DepthwiseConv3d(kernel, stride, pad, dilation, multiplier, bias)
  let pointwise = Conv3d(ch, 1, bias = bias)
  let y = x -> depthwise -> pointwise
  let Zo = size(y, 1)
  let Ho = size(y, 2)
  let Wo = size(y, 3)
  return y
}

/// Zeros in front of and behind one of `n` stretched axes that turn a convolution into a transposed
/// one.
fn transposed_pad(pad, reach, stride, extra, axis, n = 2) {
  let same = floor((reach + 1 - stride) / 2)
  let cut = if pad == "same" then same else if pad == "valid" then 0 else spread(pad, n)[axis]
  let behind = if pad == "same" then same else reach - cut - stride + 1
  return [reach - cut, behind + spread(extra, n)[axis]]
}

/// Transposed 2-d convolution: the input with zeros between its positions, convolved with the
/// turned kernel. `[B, H, W, C]` to `(H - 1) * stride - 2 * pad + dilation * (kernel - 1) + extra +
/// 1` per axis; "same" gives `H * stride`. PyTorch: `ConvTranspose2d`, with `K = weight.permute(2,
/// 3, 0, 1)` and `extra = output_padding`.
block ConvT(ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true, extra = 0)
  (x: [B, H, W, C]) -> [B, Ho, Wo, ch] {
  require C % groups == 0 and ch % groups == 0,
    "groups must divide the input and the output channels"
  let k = spread(kernel, 2)
  let s = spread(stride, 2)
  let d = spread(dilation, 2)
  let rh = d[0] * (k[0] - 1)
  let rw = d[1] * (k[1] - 1)
  let ph = transposed_pad(pad, rh, s[0], extra, 0)
  let pw = transposed_pad(pad, rw, s[1], extra, 1)
  let Hp = H * s[0] + ph[0] + ph[1]
  let Wp = W * s[1] + pw[0] + pw[1]
  let Ho = Hp - rh
  let Wo = Wp - rw
  param K: [k[0], k[1], C / groups, ch] ~ he()
  param b: [ch] = 0
  let between = pad_edges(
    reshape(x, [B, H, 1, W, 1, C]), [[0, 0], [0, 0], [0, s[0] - 1], [0, 0], [0, s[1] - 1], [0, 0]]
  )
  let stretched = reshape(between, [B, H * s[0], W * s[1], C])
  let xg = stretched
    -> pad_edges([[0, 0], ph, pw, [0, 0]])
    -> reshape([B, Hp, Wp, groups, C / groups])
  let Kg = reshape(K, [k[0], k[1], C / groups, groups, ch / groups])
  let y[n, h < Ho, w < Wo, g, o] = sum[i < k[0], j < k[1], c](
    xg[n, h + i * d[0], w + j * d[1], g, c] * Kg[k[0] - 1 - i, k[1] - 1 - j, c, g, o]
  )
  let z = reshape(y, [B, Ho, Wo, ch])
  return if bias then z + b else z
}

/// Transposed 1-d convolution, `[B, T, C]` to `[B, To, ch]`; sizes as in `ConvT`. PyTorch:
/// `ConvTranspose1d`.
block ConvT1d(
  ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true, extra = 0
)(x: [B, T, C]) -> [B, To, ch] {
  require C % groups == 0 and ch % groups == 0,
    "groups must divide the input and the output channels"
  let k = spread(kernel, 1)[0]
  let s = spread(stride, 1)[0]
  let d = spread(dilation, 1)[0]
  let r = d * (k - 1)
  let p = transposed_pad(pad, r, s, extra, 0, 1)
  let Tp = T * s + p[0] + p[1]
  let To = Tp - r
  param K: [k, C / groups, ch] ~ he()
  param b: [ch] = 0
  let between = pad_edges(reshape(x, [B, T, 1, C]), [[0, 0], [0, 0], [0, s - 1], [0, 0]])
  let stretched = reshape(between, [B, T * s, C])
  let xg = stretched -> pad_edges([[0, 0], p, [0, 0]]) -> reshape([B, Tp, groups, C / groups])
  let Kg = reshape(K, [k, C / groups, groups, ch / groups])
  let y[n, t < To, g, o] = sum[i < k, c](xg[n, t + i * d, g, c] * Kg[k - 1 - i, c, g, o])
  let z = reshape(y, [B, To, ch])
  return if bias then z + b else z
}

/// Transposed 3-d convolution, `[B, Z, H, W, C]` to `[B, Zo, Ho, Wo, ch]`; sizes as in `ConvT`.
/// PyTorch: `ConvTranspose3d`.
block ConvT3d(
  ch, kernel, stride = 1, pad = "valid", dilation = 1, groups = 1, bias = true, extra = 0
)(x: [B, Z, H, W, C]) -> [B, Zo, Ho, Wo, ch] {
  require C % groups == 0 and ch % groups == 0,
    "groups must divide the input and the output channels"
  let k = spread(kernel, 3)
  let s = spread(stride, 3)
  let d = spread(dilation, 3)
  let rz = d[0] * (k[0] - 1)
  let rh = d[1] * (k[1] - 1)
  let rw = d[2] * (k[2] - 1)
  let pz = transposed_pad(pad, rz, s[0], extra, 0, 3)
  let ph = transposed_pad(pad, rh, s[1], extra, 1, 3)
  let pw = transposed_pad(pad, rw, s[2], extra, 2, 3)
  let Zp = Z * s[0] + pz[0] + pz[1]
  let Hp = H * s[1] + ph[0] + ph[1]
  let Wp = W * s[2] + pw[0] + pw[1]
  let Zo = Zp - rz
  let Ho = Hp - rh
  let Wo = Wp - rw
  param K: [k[0], k[1], k[2], C / groups, ch] ~ he()
  param b: [ch] = 0
  let still = [0, 0]
  let between = pad_edges(
    reshape(x, [B, Z, 1, H, 1, W, 1, C]),
    [still, still, [0, s[0] - 1], still, [0, s[1] - 1], still, [0, s[2] - 1], still]
  )
  let stretched = reshape(between, [B, Z * s[0], H * s[1], W * s[2], C])
  let xg = stretched
    -> pad_edges([still, pz, ph, pw, still])
    -> reshape([B, Zp, Hp, Wp, groups, C / groups])
  let Kg = reshape(K, [k[0], k[1], k[2], C / groups, groups, ch / groups])
  let y[n, z < Zo, h < Ho, w < Wo, g, o] = sum[l < k[0], i < k[1], j < k[2], c](
    xg[n, z + l * d[0], h + i * d[1], w + j * d[2], g, c]
    * Kg[k[0] - 1 - l, k[1] - 1 - i, k[2] - 1 - j, c, g, o]
  )
  let out = reshape(y, [B, Zo, Ho, Wo, ch])
  return if bias then out + b else out
}
