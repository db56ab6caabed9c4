/// Batch normalisation over every axis but the last (Ioffe & Szegedy, 2015). Divides by the biased
/// variance, stores the unbiased one; `cumulative` stores the mean of all batches. PyTorch:
/// `BatchNorm1d`, `BatchNorm2d`, `BatchNorm3d`.
block BatchNorm(momentum = 0.1, eps = 1e-5, affine = true, track = true, cumulative = false)
  (x: [..., C]) -> [..., C] {
  param gamma: [C] = 1
  param beta: [C] = 0
  buffer running_mean: [C] = 0
  buffer running_var: [C] = 1
  buffer seen: float = 0
  let live = training or not track
  let n = count(x, keep = -1)
  require not training or n > 1, "batch statistics need more than one value per channel"
  let mu = if live then mean(x, keep = -1) else running_mean
  let v = if live then mean((x - mu)^2, keep = -1) else running_var
  let rate = if cumulative then 1 / (seen + 1) else momentum
  next seen = seen + 1
  next running_mean = (1 - rate) * running_mean + rate * mu
  next running_var = (1 - rate) * running_var + rate * v * (n / max(n - 1, 1))
  let y = (x - mu) / sqrt(v + eps)
  return if affine then y * gamma + beta else y
}

/// Layer normalisation over the last axis (Ba et al., 2016). PyTorch: `LayerNorm(C)`.
block LayerNorm(eps = 1e-5, affine = true, bias = true)(x: [..., C]) -> [..., C] {
  param gamma: [C] = 1
  param beta: [C] = 0
  let mu = mean(x, over = -1, keepdim = true)
  let v = mean((x - mu)^2, over = -1, keepdim = true)
  let y = (x - mu) / sqrt(v + eps)
  let z = if affine then y * gamma else y
  return if affine and bias then z + beta else z
}

/// Division by the root of the mean square of the last axis (Zhang & Sennrich, 2019). PyTorch:
/// `RMSNorm`, eps given.
block RmsNorm(eps = 1e-6, affine = true)(x: [..., C]) -> [..., C] {
  param gamma: [C] = 1
  let y = x / sqrt(mean(x^2, over = -1, keepdim = true) + eps)
  return if affine then y * gamma else y
}

/// Normalisation over S and the channels of a group (Wu & He, 2018). PyTorch: `GroupNorm`.
block GroupNorm(groups, eps = 1e-5, affine = true)(x: [B, ...S, C]) -> [B, ...S, C] {
  require C % groups == 0, "groups must divide the channels"
  param gamma: [C] = 1
  param beta: [C] = 0
  let n = count(x, over = axes(x)[1:-1])
  let xg = reshape(x, [B, n, groups, C / groups])
  let mu = mean(xg, over = [1, 3], keepdim = true)
  let v = mean((xg - mu)^2, over = [1, 3], keepdim = true)
  let y = reshape((xg - mu) / sqrt(v + eps), [B, ...S, C])
  return if affine then y * gamma + beta else y
}

/// Normalisation of each channel of each example over S (Ulyanov et al., 2016). PyTorch:
/// `InstanceNorm2d`.
block InstanceNorm(eps = 1e-5, affine = false)(x: [B, ...S, C]) -> [B, ...S, C] {
  param gamma: [C] = 1
  param beta: [C] = 0
  let inside = axes(x)[1:-1]
  let mu = mean(x, over = inside, keepdim = true)
  let v = mean((x - mu)^2, over = inside, keepdim = true)
  let y = (x - mu) / sqrt(v + eps)
  return if affine then y * gamma + beta else y
}

/// Division by a power of the mean square over `size` neighbouring channels (Krizhevsky et al.,
/// 2012). PyTorch: `F.local_response_norm`.
fn local_response_norm(x: [...S, C], size, alpha = 1e-4, beta = 0.75, k = 1) {
  let rows = reshape(x, [count(x, over = axes(x)[:-1]), C])
  let square = pad_edges(rows^2, [[0, 0], [floor(size / 2), floor((size - 1) / 2)]])
  let energy[i, c < C] = sum[j < size](square[i, c + j])
  return x / reshape(k + alpha * energy / size, [...S, C])^beta
}
