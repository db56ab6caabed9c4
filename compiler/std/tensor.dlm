/// 1 where positive, -1 where negative, 0 at 0. PyTorch: `sign`.
fn sign(x) = float(x > 0) - float(x < 0)

/// Absolute value, with gradient 0 at 0. PyTorch: `abs`.
fn abs(x) = x * sign(x)

/// `1 / x`. PyTorch: `reciprocal`.
fn reciprocal(x) = 1 / x

/// `1 / sqrt(x)`. PyTorch: `rsqrt`.
fn rsqrt(x) = 1 / sqrt(x)

/// `x * x`. PyTorch: `square`.
fn square(x) = x^2

/// `x` held between `lo` and `hi`, with gradient 1 at the bounds; `hi` wins if they cross. PyTorch:
/// `clamp`.
fn clamp(x, lo = -inf, hi = inf) {
  let raised = if x < lo then lo else x
  return if raised > hi then hi else raised
}

/// Mean over axes, all of them unless told. PyTorch: `mean`.
fn mean(x, over = axes(x), keepdim = false) =
  sum(x, over = over, keepdim = keepdim) / count(x, over = over)

/// Variance over axes in two passes, divided by `n - correction`. PyTorch: `var`.
fn var(x, over = axes(x), correction = 1, keepdim = false) {
  let d = x - mean(x, over = over, keepdim = true)
  return sum(d^2, over = over, keepdim = keepdim) / (count(x, over = over) - correction)
}

/// Standard deviation over axes, with gradient 0 where it is 0. PyTorch: `std`.
fn std(x, over = axes(x), correction = 1, keepdim = false) =
  safe_root(var(x, over = over, correction = correction, keepdim = keepdim))

/// Square root of `x >= 0`, with gradient 0 at 0.
fn safe_root(x) = if x <= 0 then 0 else sqrt(x)

/// The p-norm over axes, with gradient 0 at 0; `p` may be `inf`, `-inf` and 0. PyTorch:
/// `linalg.vector_norm`.
fn norm(x, p = 2, over = axes(x), keepdim = false) =
  if p == 2 then safe_root(sum(x^2, over = over, keepdim = keepdim))
  else if p == 1 then sum(abs(x), over = over, keepdim = keepdim)
  else if p == inf then max(abs(x), over = over, keepdim = keepdim)
  else if p == -inf then min(abs(x), over = over, keepdim = keepdim)
  else if p == 0 then float(sum(x != 0, over = over, keepdim = keepdim))
  else power_norm(x, p, over, keepdim)

/// `sum(abs(x)^p)^(1 / p)`, with gradient 0 where it is 0.
fn power_norm(x, p, over, keepdim) {
  let s =
    sum(if x == 0 then (if p > 0 then 0 else inf) else abs(x)^p, over = over, keepdim = keepdim)
  return if s <= 0 then 0 else s^(1 / p)
}

/// `log(sum(exp(x)))` over an axis, without overflow; a row of `-inf` gives `-inf`. PyTorch:
/// `logsumexp`.
fn logsumexp(x, over = -1, keepdim = false) {
  let m = safe_max(x, over = over)
  let s = sum(exp(x - m), over = over, keepdim = true)
  let y = if s <= 0 then -inf else m + log(s)
  return if keepdim then y else sum(y, over = over)
}

/// `x` divided by its norm over an axis, which counts as at least `eps`. PyTorch: `F.normalize`.
fn normalize(x, p = 2, over = -1, eps = 1e-12) =
  x / max(norm(x, p = p, over = over, keepdim = true), eps)

/// Cosine of the angle between `a` and `b` over an axis. PyTorch: `cosine_similarity`.
fn cosine_similarity(a, b, over = -1, eps = 1e-8) {
  let dot = a * b
  let p = norm(expand(a, size(dot)), over = over)
  let q = norm(expand(b, size(dot)), over = over)
  return sum(dot, over = over) / (max(p, eps) * max(q, eps))
}

/// p-norm of `a - b + eps` over the last axis. PyTorch: `pairwise_distance`.
fn pairwise_distance(a, b, p = 2, eps = 1e-6) = norm(a - b + eps, p = p, over = -1)

/// All axes but the first as one: `[B, ...S]` to `[B, product of S]`. PyTorch: `flatten(1)`.
fn flatten(x) = reshape(x, [size(x, 0), count(x, keep = 0)])

/// `x` with the axes `a` and `b` exchanged, the last two unless told. PyTorch: `transpose`.
fn transpose(x, a = -2, b = -1) {
  let i = axes(x, over = a)[0]
  let j = axes(x, over = b)[0]
  let lo = min(i, j)
  let hi = max(i, j)
  let order = axes(x)
  let head = order[:lo]
  let middle = order[lo + 1:max(lo + 1, hi)]
  let tail = order[hi + 1:]
  return if lo == hi then x else permute(x, [...head, hi, ...middle, lo, ...tail])
}

/// A new axis of size 1 at position `axis`; negative counts from the end of the result. PyTorch:
/// `unsqueeze`.
fn unsqueeze(x, axis) {
  let at = if axis < 0 then axis + rank(x) + 1 else axis
  let s = size(x)
  let head = s[:at]
  let tail = s[at:]
  return reshape(x, [...head, 1, ...tail])
}

/// `x` without `axis`, whose size must be 1. PyTorch: `squeeze`.
fn squeeze(x, axis) {
  require size(x, axis) == 1, "only an axis of size 1 can be squeezed away"
  let a = axes(x, over = axis)[0]
  let s = size(x)
  let head = s[:a]
  let tail = s[a + 1:]
  return reshape(x, [...head, ...tail])
}

/// `a` and `b` along a new axis. PyTorch: `stack`.
fn stack(a, b, axis = 0) {
  let at = if axis < 0 then axis + rank(a) + 1 else axis
  return concat(unsqueeze(a, at), unsqueeze(b, at), axis = at)
}

/// `x` as `[before, n, after]`: its sizes before `axis`, on it, and after it.
fn to_middle(x, axis) {
  let a = axes(x, over = axis)[0]
  let order = axes(x)
  return reshape(x, [count(x, over = order[:a]), size(x, a), count(x, over = order[a + 1:])])
}

/// Undoes `to_middle`: `y: [before, m, after]` to the sizes of `x`, with m on `axis`.
fn from_middle(y, x, axis) {
  let a = axes(x, over = axis)[0]
  let s = size(x)
  let head = s[:a]
  let tail = s[a + 1:]
  return reshape(y, [...head, size(y, 1), ...tail])
}

/// `x` with the order of the positions along an axis reversed. PyTorch: `flip`.
fn flip(x, axis) {
  let m = to_middle(x, axis)
  let n = size(m, 1)
  let y[i, j < n, k] = m[i, n - 1 - j, k]
  return from_middle(y, x, axis)
}

/// `x` moved by `n` positions along an axis, round the end. PyTorch: `roll`.
fn roll(x, n, axis) {
  let m = to_middle(x, axis)
  let extent = size(m, 1)
  let y[i, j < extent, k] = m[i, (j - n) % extent, k]
  return from_middle(y, x, axis)
}

/// `x` repeated `list[a]` times along every axis `a`. PyTorch: `tile`.
fn tile(x, list) = x -> repeat a in axes(x) { tile_axis(list[a], a) }

/// `x` repeated `n` times along one axis.
fn tile_axis(x, n, axis) {
  let m = to_middle(x, axis)
  let y[i, r < n, j, k] = m[i, j, k]
  return from_middle(reshape(y, [size(m, 0), n * size(m, 1), size(m, 2)]), x, axis)
}

/// Every position of an axis `n` times in a row. PyTorch: `repeat_interleave`.
fn repeat_each(x, n, axis) {
  let m = to_middle(x, axis)
  let y[i, j, r < n, k] = m[i, j, k]
  return from_middle(reshape(y, [size(m, 0), n * size(m, 1), size(m, 2)]), x, axis)
}

/// `x` with `axis` first and the others in order.
fn to_front(x, axis) {
  let a = axes(x, over = axis)
  let rest = axes(x, keep = axis)
  return permute(x, [...a, ...rest])
}

/// Undoes `to_front`: `y` has as its first axis the one that belongs at position `a`.
fn from_front(y, a) {
  let order = axes(y)
  let before = order[1:a + 1]
  let after = order[a + 1:]
  return permute(y, [...before, 0, ...after])
}

/// The last position along an axis, which goes. PyTorch: `select(axis, -1)`.
fn last(x, axis) = to_front(x, axis)[-1]

/// The first position along an axis, which goes. PyTorch: `select(axis, 0)`.
fn first(x, axis) = to_front(x, axis)[0]

/// `n` positions of an axis, from `start` on. PyTorch: `narrow`.
fn narrow(x, axis, start, n) {
  let m = to_middle(x, axis)
  return from_middle(m[:, start:start + n], x, axis)
}

/// The lower triangle of the last two axes, up to a diagonal; 0 elsewhere. PyTorch: `tril`.
fn tril(x, diagonal = 0) {
  let kept[i < size(x, -2), j < size(x, -1)] = j <= i + diagonal
  return if kept then x else 0
}

/// The upper triangle of the last two axes, from a diagonal on; 0 elsewhere. PyTorch: `triu`.
fn triu(x, diagonal = 0) {
  let kept[i < size(x, -2), j < size(x, -1)] = j >= i + diagonal
  return if kept then x else 0
}

/// One element of the last axis each: `[...S, K]` and `int[...S]` to `[...S]`. PyTorch:
/// `gather(-1)`.
fn pick(x: [...S, K], index: int[...S]) -> [...S] {
  let n = count(index)
  let rows = reshape(x, [n, K])
  let at = reshape(index, [n])
  let y[i] = rows[i, at[i]]
  return reshape(y, [...S])
}

/// `x` at the positions `index` along an axis; the sizes of `index` along the others may be smaller
/// than those of `x`. PyTorch: `gather`.
fn gather(x, index, axis) {
  let a = axes(x, over = axis)[0]
  let part = x -> repeat other in axes(x, keep = a) { narrow(other, 0, size(index, other)) }
  let m = to_middle(part, a)
  let at = to_middle(index, a)
  let y[i, j, k] = m[i, at[i, j, k], k]
  return from_middle(y, index, a)
}

/// `x` at the positions `index` along an axis; `index` broadcasts along the others. PyTorch:
/// `take_along_dim`.
fn take_along(x, index, axis) {
  let a = axes(x, over = axis)[0]
  let s = size(x)
  let head = s[:a]
  let tail = s[a + 1:]
  return gather(x, expand(index, [...head, size(index, a), ...tail]), a)
}

/// Zeros of the sizes of `x`, with `values` added at the positions `index` along axis number `a`.
fn scattered(x, index, values, a) {
  let part = values -> repeat other in axes(x) { narrow(other, 0, size(index, other)) }
  let at = to_middle(index, a)
  let n = size(x, a)
  let place[i, j, k] = (i * n + at[i, j, k]) * size(at, 2) + k
  let zeros: [size(at, 0) * n * size(at, 2)] = 0
  let sums = scatter_add(zeros, reshape(place, [count(place)]), reshape(part, [count(place)]))
  let small = from_middle(reshape(sums, [size(at, 0), n, size(at, 2)]), index, a)
  return small -> repeat other in axes(x, keep = a) { extend(size(x, other), other) }
}

/// Zeros behind the positions of an axis, up to `n` of them.
fn extend(x, n, axis) {
  let m = to_middle(x, axis)
  return from_middle(pad_edges(m, [[0, 0], [0, n - size(m, 1)], [0, 0]]), x, axis)
}

/// `x` with `values` in the places `index` along an axis. No place may occur twice. PyTorch:
/// `scatter`.
fn scatter(x, index, values, axis) {
  let a = axes(x, over = axis)[0]
  let sizes = size(index)
  let given = expand(values, sizes)
  let ones: [...sizes] = 1
  let hit = scattered(x, index, ones, a) > 0
  return if hit then scattered(x, index, given, a) else x
}

/// `x` with `values` added at the positions `index` along an axis. PyTorch: `scatter_add`.
fn add_along(x, index, values, axis) = x + scattered(x, index, values, axes(x, over = axis)[0])

/// `x` with slices of `values` added at the positions `index: int[N]` of an axis. PyTorch:
/// `index_add`.
fn index_add(x, index, values, axis) {
  let a = axes(x, over = axis)[0]
  return from_front(scatter_add(to_front(x, a), index, to_front(values, a)), a)
}

/// `float(i == k)` for k below `K` on a new last axis: `int[...S]` to `[...S, K]`. PyTorch:
/// `F.one_hot`.
fn one_hot(i: int[...S], K) -> [...S, K] {
  let flat = reshape(i, [count(i)])
  let y[n, k < K] = float(flat[n] == k)
  return reshape(y, [...S, K])
}

/// More positions at the ends of every axis: `sides` has a number (each end) or `[front, behind]`
/// per axis; negative crops. `mode` is "zero", "reflect", "replicate" or "circular". PyTorch:
/// `F.pad`.
fn pad(x, sides, mode = "zero") = x
  -> repeat a in axes(x) { pad_axis(a, spread(sides[a], 2), mode) }

/// More positions at the two ends of one axis.
fn pad_axis(x, axis, sides, mode) {
  let m = to_middle(x, axis)
  let y =
    if mode == "zero" then pad_edges(m, [[0, 0], sides, [0, 0]])
    else if mode == "circular" then wrapped(m, sides[0], sides[1])
    else held(m, sides[0], sides[1], mode)
  return if sides == [0, 0] then x else from_middle(y, x, axis)
}

/// The middle axis with `l` and `r` more positions, which repeat the ends or mirror what is next to
/// them.
fn held(m, l, r, mode) {
  let n = size(m, 1)
  let from[j < n + l + r] = j - l
  let turned = if from < 0 then -from else if from >= n then 2 * (n - 1) - from else from
  return m[:, min(max(if mode == "reflect" then turned else from, 0), n - 1)]
}

/// The middle axis with `l` and `r` more positions from its other end; cropped before it is
/// wrapped.
fn wrapped(m, l, r) {
  let rest = m[:, max(-l, 0):size(m, 1) - max(-r, 0)]
  let n = size(rest, 1)
  let from[j < n + max(l, 0) + max(r, 0)] = (j - max(l, 0)) % n
  return rest[:, from]
}

/// Mean of the elements where `mask`, broadcast to `x`, is true, 0 if there are none; over all axes
/// unless told. PyTorch: `ignore_index` of the losses.
fn mean_where(x, mask, over = axes(x), keepdim = false) {
  let kept = expand(mask, size(x))
  let total = sum(if kept then x else 0, over = over, keepdim = keepdim)
  return total / max(sum(kept, over = over, keepdim = keepdim), 1)
}

/// `sum(x * w) / sum(w)` with `w` broadcast to `x`, 0 if the weights sum to 0; over all axes unless
/// told. PyTorch: the mean of a loss with `weight`.
fn weighted_mean(x, w, over = axes(x), keepdim = false) {
  let share = expand(w, size(x))
  let total = sum(share, over = over, keepdim = keepdim)
  return if total == 0 then 0 else sum(x * share, over = over, keepdim = keepdim) / total
}

/// The windows of an image as rows: `[B, H, W, C]` to `[B, L, kh * kw * C]`. PyTorch: `F.unfold`,
/// axes last.
fn unfold(x: [B, H, W, C], kernel, stride = 1, pad = 0, dilation = 1) {
  let k = spread(kernel, 2)
  let s = spread(stride, 2)
  let d = spread(dilation, 2)
  let p = spread(pad, 2)
  let Ho = floor((H + 2 * p[0] - d[0] * (k[0] - 1) - 1) / s[0]) + 1
  let Wo = floor((W + 2 * p[1] - d[1] * (k[1] - 1) - 1) / s[1]) + 1
  let xp = pad_edges(x, [0, 2 * p[0], 2 * p[1], 0])
  let y[b, h < Ho, w < Wo, i < k[0], j < k[1], c] =
    xp[b, h * s[0] + i * d[0], w * s[1] + j * d[1], c]
  return reshape(y, [B, Ho * Wo, k[0] * k[1] * C])
}

/// Blocks of `r * r` channels as pixels, C-major: `[B, H, W, C * r * r]` to `[B, H * r, W * r, C]`
/// (Shi et al., 2016). PyTorch: `F.pixel_shuffle`.
fn pixel_shuffle(x: [B, H, W, R], r) {
  let C = R / r^2
  let y = x -> reshape([B, H, W, C, r, r]) -> permute([0, 1, 4, 2, 5, 3])
  return reshape(y, [B, H * r, W * r, C])
}

/// Blocks of `r * r` pixels as channels; undoes `pixel_shuffle`. PyTorch: `F.pixel_unshuffle`.
fn pixel_unshuffle(x: [B, H, W, C], r) {
  let y = x -> reshape([B, H / r, r, W / r, r, C]) -> permute([0, 1, 3, 5, 2, 4])
  return reshape(y, [B, H / r, W / r, C * r^2])
}
