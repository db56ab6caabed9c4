/// `[B, ...S, C]` at the sizes `size` of S. `mode` is "nearest", "bilinear" (linear along each
/// axis), "bicubic" or "area"; pixel centres at 0.5, or corners on corners with `align`. `scale`,
/// if given, is the ratio of the sizes per axis where it is not exact. PyTorch: `F.interpolate`.
fn interpolate(x, size, mode = "nearest", align = false, scale = 0) {
  let factor = spread(scale, len(size))
  return x -> repeat i in range(len(size)) { resize(i + 1, size[i], mode, align, factor[i]) }
}

/// One axis at size `n`, see `interpolate`.
fn resize(x, axis, n, mode, align = false, scale = 0) {
  let m = to_middle(x, axis)
  let y =
    if mode == "nearest" then m[:, nearest_places(size(m, 1), n, scale)]
    else if mode == "area" then area_axis(m, n)
    else if mode == "bicubic" then cubic_axis(m, source_places(size(m, 1), n, align, scale))
    else linear_axis(m, max(source_places(size(m, 1), n, align, scale), 0))
  return from_middle(y, x, axis)
}

/// For each of `n` positions, the nearest of `extent` below it: `int[n]`.
fn nearest_places(extent, n, scale) {
  let at[i < n] = if scale > 0 then int(floor(i / scale)) else int(floor(i * extent / n))
  return min(max(at, 0), extent - 1)
}

/// For each of `n` positions, where it lies among `extent`: `[n]`.
fn source_places(extent, n, align, scale) {
  let ratio = if scale > 0 then 1 / scale else extent / n
  let step_size = if n > 1 then (extent - 1) / max(n - 1, 1) else 0
  let at[i < n] = if align then i * step_size else (i + 0.5) * ratio - 0.5
  return at
}

/// `m: [before, extent, after]` read at the places `at: [n]`, straight between neighbours.
fn linear_axis(m, at) {
  let top = size(m, 1) - 1
  let low = floor(at)
  let w = unsqueeze(at - low, -1)
  let i = int(low)
  return (1 - w) * m[:, min(max(i, 0), top)] + w * m[:, min(max(i + 1, 0), top)]
}

/// `m: [before, extent, after]` read at the places `at: [n]` by cubic convolution with a = -0.75
/// (Keys, 1981).
fn cubic_axis(m, at) {
  let top = size(m, 1) - 1
  let low = floor(at)
  let t = unsqueeze(at - low, -1)
  let i = int(low)
  return cubic_far(t + 1) * m[:, min(max(i - 1, 0), top)]
    + cubic_near(t) * m[:, min(max(i, 0), top)]
    + cubic_near(1 - t) * m[:, min(max(i + 1, 0), top)]
    + cubic_far(2 - t) * m[:, min(max(i + 2, 0), top)]
}

/// Weight of a neighbour at distance `t` up to 1.
fn cubic_near(t) = (1.25 * t - 2.25) * t^2 + 1

/// Weight of a neighbour at distance `t` from 1 to 2.
fn cubic_far(t) = ((-0.75 * t + 3.75) * t - 6) * t + 3

/// Means of `n` windows of the middle axis, from `floor(i * extent / n)` to `ceil((i + 1) * extent
/// / n)`.
fn area_axis(m, n) {
  let extent = size(m, 1)
  let inside[i < n, h < extent] = (h + 1) * n > i * extent and h * n < (i + 1) * extent
  let share = inside / sum(inside, over = 1, keepdim = true)
  let y[b, i, c] = sum[h](share[i, h] * m[b, h, c])
  return y
}

/// `x: [B, H, W, C]` read at the places `grid: [B, Ho, Wo, 2]`, (across, down) in -1..1 (Jaderberg
/// et al., 2015). `mode` is "bilinear", "nearest" or "bicubic", `pad` "zeros", "border" or
/// "reflection". PyTorch: `F.grid_sample`.
fn grid_sample(
  x: [B, H, W, C], grid: [B, Ho, Wo, 2], mode = "bilinear", pad = "zeros", align = false
) -> [B, Ho, Wo, C] {
  let places = reshape(grid, [B, Ho * Wo, 2])
  let across = grid_places(places[:, :, 0], W, align)
  let down = grid_places(places[:, :, 1], H, align)
  let u = if mode == "bicubic" then across else held_places(across, W, pad, align)
  let v = if mode == "bicubic" then down else held_places(down, H, pad, align)
  let plane: [B, Ho * Wo] = 0
  let m = reshape(x, [B, 1, H, W, C])
  let y =
    if mode == "nearest" then grid_read(m, plane, round(v), round(u), pad, align)
    else if mode == "bicubic" then grid_cubic(m, plane, v, u, pad, align)
    else grid_linear(m, plane, v, u, pad, align)
  return reshape(y, [B, Ho, Wo, C])
}

/// `x: [B, D, H, W, C]` read at the places `grid: [B, Do, Ho, Wo, 3]`, (across, down, deep) in
/// -1..1. `mode` is "bilinear" (linear along each axis) or "nearest". PyTorch: `F.grid_sample`.
fn grid_sample3d(
  x: [B, D, H, W, C], grid: [B, Do, Ho, Wo, 3], mode = "bilinear", pad = "zeros", align = false
) -> [B, Do, Ho, Wo, C] {
  let places = reshape(grid, [B, Do * Ho * Wo, 3])
  let u = held_places(grid_places(places[:, :, 0], W, align), W, pad, align)
  let v = held_places(grid_places(places[:, :, 1], H, align), H, pad, align)
  let w = held_places(grid_places(places[:, :, 2], D, align), D, pad, align)
  let front = floor(w)
  let f = unsqueeze(w - front, -1)
  let y =
    if mode == "nearest" then grid_read(x, round(w), round(v), round(u), pad, align)
    else (1 - f) * grid_linear(x, front, v, u, pad, align)
    + f * grid_linear(x, front + 1, v, u, pad, align)
  return reshape(y, [B, Do, Ho, Wo, C])
}

/// -1..1 as positions among `n`.
fn grid_places(g, n, align) = if align then (g + 1) / 2 * (n - 1) else ((g + 1) * n - 1) / 2

/// Positions outside 0..n - 1 brought inside as `pad` says.
fn held_places(at, n, pad, align) =
  if pad == "border" then clamp(at, 0, n - 1)
  else if pad == "reflection" then clamp(reflected(at, n, align), 0, n - 1)
  else at

/// Positions mirrored at the first and last pixel, or at their outer edges.
fn reflected(at, n, align) {
  let low = if align then 0 else -0.5
  let span = if align then n - 1 else n
  let d = abs(at - low)
  let turns = floor(d / max(span, 1))
  let rest = d - turns * span
  return if span == 0 then 0 * at else if turns % 2 == 0 then rest + low else span - rest + low
}

/// `x` at N whole positions, 0 outside.
fn grid_read(x: [B, D, H, W, C], w: [B, N], v: [B, N], u: [B, N], pad, align) -> [B, N, C] {
  let plane = held_places(w, D, pad, align)
  let row = held_places(v, H, pad, align)
  let column = held_places(u, W, pad, align)
  let inside =
    plane >= 0 and plane <= D - 1 and row >= 0 and row <= H - 1 and column >= 0 and column <= W - 1
  let k = min(max(int(plane), 0), D - 1)
  let i = min(max(int(row), 0), H - 1)
  let j = min(max(int(column), 0), W - 1)
  let y[b, n, c] = if inside[b, n] then x[b, k[b, n], i[b, n], j[b, n], c] else 0
  return y
}

/// Plane `w` of `x` between its four neighbours.
fn grid_linear(x, w, v, u, pad, align) {
  let top = floor(v)
  let left = floor(u)
  let a = unsqueeze(v - top, -1)
  let b = unsqueeze(u - left, -1)
  return (1 - a) * (1 - b) * grid_read(x, w, top, left, pad, align)
    + (1 - a) * b * grid_read(x, w, top, left + 1, pad, align)
    + a * (1 - b) * grid_read(x, w, top + 1, left, pad, align)
    + a * b * grid_read(x, w, top + 1, left + 1, pad, align)
}

/// Plane `w` of `x` between its sixteen neighbours.
fn grid_cubic(x, w, v, u, pad, align) {
  let top = floor(v)
  let t = unsqueeze(v - top, -1)
  return cubic_far(t + 1) * grid_cubic_row(x, w, top - 1, u, pad, align)
    + cubic_near(t) * grid_cubic_row(x, w, top, u, pad, align)
    + cubic_near(1 - t) * grid_cubic_row(x, w, top + 1, u, pad, align)
    + cubic_far(2 - t) * grid_cubic_row(x, w, top + 2, u, pad, align)
}

/// Plane `w` of `x` between four neighbours of one row.
fn grid_cubic_row(x, w, row, u, pad, align) {
  let left = floor(u)
  let t = unsqueeze(u - left, -1)
  return cubic_far(t + 1) * grid_read(x, w, row, left - 1, pad, align)
    + cubic_near(t) * grid_read(x, w, row, left, pad, align)
    + cubic_near(1 - t) * grid_read(x, w, row, left + 1, pad, align)
    + cubic_far(2 - t) * grid_read(x, w, row, left + 2, pad, align)
}
