/// Number of windows of extent `k` over `n` positions with `p` more at each end. PyTorch's rule:
/// with `ceil_mode` a last window may hang over the end, unless it would start in the padding.
fn window_count(n, k, s, p, ceil_mode) {
  let full = floor((n + 2 * p - k) / s) + 1
  let over = ceil((n + 2 * p - k) / s) + 1
  return if not ceil_mode then full else if (over - 1) * s >= n + p then over - 1 else over
}

/// `[front, behind]`: padding such that `windows` windows of extent `k` fit.
fn window_pad(n, windows, k, s, p, ceil_mode) =
  if ceil_mode then [p, (windows - 1) * s + k - n - p] else [p, p]

/// Largest value of each window, channels last; padding counts as `-inf`. PyTorch: `F.max_pool2d`.
fn max_pool(x: [B, H, W, C], size, stride = size, pad = 0, ceil_mode = false, dilation = 1) {
  let k = spread(size, 2)
  let s = spread(stride, 2)
  let p = spread(pad, 2)
  let d = spread(dilation, 2)
  let eh = d[0] * (k[0] - 1) + 1
  let ew = d[1] * (k[1] - 1) + 1
  let Ho = window_count(H, eh, s[0], p[0], ceil_mode)
  let Wo = window_count(W, ew, s[1], p[1], ceil_mode)
  let ph = window_pad(H, Ho, eh, s[0], p[0], ceil_mode)
  let pw = window_pad(W, Wo, ew, s[1], p[1], ceil_mode)
  let xp = pad_edges(x, [[0, 0], ph, pw, [0, 0]], value = -inf)
  let y[b, h < Ho, w < Wo, c] =
    max[i < k[0], j < k[1]](xp[b, h * s[0] + i * d[0], w * s[1] + j * d[1], c])
  return y
}

/// Largest value of each window of `[B, T, C]`. PyTorch: `F.max_pool1d`.
fn max_pool1d(x: [B, T, C], size, stride = size, pad = 0, ceil_mode = false, dilation = 1) {
  let k = spread(size, 1)[0]
  let s = spread(stride, 1)[0]
  let p = spread(pad, 1)[0]
  let d = spread(dilation, 1)[0]
  let y = max_pool(reshape(x, [B, T, 1, C]), [k, 1], [s, 1], [p, 0], ceil_mode, [d, 1])
  return squeeze(y, 2)
}

/// Largest value of each window of `[B, Z, H, W, C]`. PyTorch: `F.max_pool3d`.
fn max_pool3d(x: [B, Z, H, W, C], size, stride = size, pad = 0, ceil_mode = false) {
  let k = spread(size, 3)
  let s = spread(stride, 3)
  let p = spread(pad, 3)
  let planes = reshape(x, [B * Z, H, W, C])
  let y = max_pool(planes, [k[1], k[2]], [s[1], s[2]], [p[1], p[2]], ceil_mode)
  let Ho = count(y, over = 1)
  let Wo = count(y, over = 2)
  let z = max_pool1d(reshape(y, [B, Z, Ho * Wo * C]), k[0], s[0], p[0], ceil_mode)
  return reshape(z, [B, count(z, over = 1), Ho, Wo, C])
}

/// Number of positions each window divides by, `[windows]`.
fn window_sizes(n, windows, k, s, p, count_pad) {
  let lo = if count_pad then -p else 0
  let hi = if count_pad then n + p else n
  let extent[o < windows] = min(o * s - p + k, hi) - max(o * s - p, lo)
  return extent
}

/// Mean of each window, channels last. Padding counts as 0, or not at all without `count_pad`.
/// PyTorch: `F.avg_pool2d`.
fn avg_pool(x: [B, H, W, C], size, stride = size, pad = 0, ceil_mode = false, count_pad = true) {
  let k = spread(size, 2)
  let s = spread(stride, 2)
  let p = spread(pad, 2)
  let Ho = window_count(H, k[0], s[0], p[0], ceil_mode)
  let Wo = window_count(W, k[1], s[1], p[1], ceil_mode)
  let ph = window_pad(H, Ho, k[0], s[0], p[0], ceil_mode)
  let pw = window_pad(W, Wo, k[1], s[1], p[1], ceil_mode)
  let xp = pad_edges(x, [[0, 0], ph, pw, [0, 0]])
  let y[b, h < Ho, w < Wo, c] = sum[i < k[0], j < k[1]](xp[b, h * s[0] + i, w * s[1] + j, c])
  let nh = window_sizes(H, Ho, k[0], s[0], p[0], count_pad)
  let nw = window_sizes(W, Wo, k[1], s[1], p[1], count_pad)
  let whole = not ceil_mode and (count_pad or p == [0, 0])
  return if whole then y / (k[0] * k[1]) else y / (reshape(nh, [Ho, 1, 1]) * reshape(nw, [Wo, 1]))
}

/// Mean of each window of `[B, T, C]`. PyTorch: `F.avg_pool1d`.
fn avg_pool1d(x: [B, T, C], size, stride = size, pad = 0, ceil_mode = false, count_pad = true) {
  let k = spread(size, 1)[0]
  let s = spread(stride, 1)[0]
  let p = spread(pad, 1)[0]
  let y = avg_pool(reshape(x, [B, T, 1, C]), [k, 1], [s, 1], [p, 0], ceil_mode, count_pad)
  return squeeze(y, 2)
}

/// Mean of each window of `[B, Z, H, W, C]`. PyTorch: `F.avg_pool3d`.
fn avg_pool3d(
  x: [B, Z, H, W, C], size, stride = size, pad = 0, ceil_mode = false, count_pad = true
) {
  let k = spread(size, 3)
  let s = spread(stride, 3)
  let p = spread(pad, 3)
  let planes = reshape(x, [B * Z, H, W, C])
  let y = avg_pool(planes, [k[1], k[2]], [s[1], s[2]], [p[1], p[2]], ceil_mode, count_pad)
  let Ho = count(y, over = 1)
  let Wo = count(y, over = 2)
  let z = avg_pool1d(reshape(y, [B, Z, Ho * Wo * C]), k[0], s[0], p[0], ceil_mode, count_pad)
  return reshape(z, [B, count(z, over = 1), Ho, Wo, C])
}

/// Largest value per channel: `[B, ...S, C]` to `[B, C]`. PyTorch: `F.adaptive_max_pool2d(x, 1)`.
fn global_max_pool(x) = max(x, keep = [0, -1])

/// Mean per channel: `[B, ...S, C]` to `[B, C]`. PyTorch: `F.adaptive_avg_pool2d(x, 1)`.
fn global_avg_pool(x) = mean(x, keep = [0, -1])

/// Means of `size` windows per axis that cover `[B, ...S, C]`: window i of n is `floor(i * H / n)`
/// to `ceil((i + 1) * H / n)`. PyTorch: `F.adaptive_avg_pool2d`.
fn adaptive_avg_pool(x, size) = interpolate(x, spread(size, rank(x) - 2), mode = "area")

/// `[B, ...S, C]` with every size of S times `scale`. PyTorch: `Upsample`.
fn upsample(x, scale, mode = "nearest", align = false) {
  let by = spread(scale, rank(x) - 2)
  return x -> repeat i in range(len(by)) { resize(i + 1, scaled(x, i + 1, by[i]), mode, align) }
}

/// Size of an axis times `by`, rounded down.
fn scaled(x, axis, by) = floor(size(x, axis) * by)
