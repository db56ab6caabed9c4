/// Affine map of the last axis, `x @ W + b`: `[..., D]` to `[..., units]`. PyTorch: `Linear`, with
/// `W = weight.T`.
block Dense(units, bias = true)(x: [..., D]) -> [..., units] {
  param W: [D, units] ~ glorot()
  param b: [units] = 0
  let y = x @ W
  return if bias then y + b else y
}

/// Bilinear map of two inputs: `y[o] = sum[d, e](a[d] * W[d, e, o] * b[e]) + c[o]` along the last
/// axes. PyTorch: `Bilinear`, with `W = weight.permute(1, 2, 0)`.
block Bilinear(units, bias = true)(a: [...S, D], b: [...S, E]) -> [...S, units] {
  param W: [D, E, units] ~ glorot(fan_in = D, fan_out = units)
  param c: [units] = 0
  let n = count(a, over = axes(a)[:-1])
  let p = reshape(a, [n, D])
  let q = reshape(b, [n, E])
  let pw[i, e, o] = sum[d](p[i, d] * W[d, e, o])
  let y[i, o] = sum[e](pw[i, e, o] * q[i, e])
  let z = reshape(y, [...S, units])
  return if bias then z + c else z
}

/// Rows of a learned table: `int[...S]` to `[...S, width]`. Row `padding`, if any, reads as 0 and
/// gets no gradient. PyTorch: `Embedding`.
block Embedding(n, width, padding = -1)(i: int[...S]) -> [...S, width] {
  param W: [n, width] ~ normal()
  let rows = W[i]
  return if padding < 0 then rows else if unsqueeze(i == padding, -1) then 0 else rows
}

/// Rows of a learned table, reduced over T by `mode`: "sum" (weighted by `w`), "mean" or "max".
/// PyTorch: `EmbeddingBag`.
block EmbeddingBag(n, width, mode = "mean")(i: int[B, T], w: [B, T] = 1) -> [B, width] {
  param W: [n, width] ~ normal()
  let rows = W[i]
  return if mode == "sum" then sum(rows * unsqueeze(w, -1), over = 1)
    else if mode == "mean" then mean(rows, over = 1)
    else max(rows, over = 1)
}

/// While training, sets elements to 0 with probability `rate` and scales the others up (Srivastava
/// et al., 2014). PyTorch: `Dropout`.
block Dropout(rate = 0.5)(x: [...S]) -> [...S] {
  require 0 <= rate and rate < 1, "rate is a probability below 1"
  let keep: [...S] ~ bernoulli(1 - rate)
  return if training and rate > 0 then x * keep / (1 - rate) else x
}

/// While training, sets whole channels of an example to 0 with probability `rate` (Tompson et al.,
/// 2015). PyTorch: `Dropout2d`.
block SpatialDropout(rate = 0.5)(x: [B, ...S, C]) -> [B, ...S, C] {
  require 0 <= rate and rate < 1, "rate is a probability below 1"
  let ones = spread(1, len(S))
  let keep: [B, C] ~ bernoulli(1 - rate)
  return if training and rate > 0 then x * reshape(keep, [B, ...ones, C]) / (1 - rate) else x
}

/// Dropout that keeps the mean and variance of `selu` activations (Klambauer et al., 2017).
/// PyTorch: `AlphaDropout`.
block AlphaDropout(rate = 0.5)(x: [...S]) -> [...S] {
  require 0 <= rate and rate < 1, "rate is a probability below 1"
  let floor_value = -1.7580993408473766
  let scale = 1 / sqrt((floor_value^2 * rate + 1) * (1 - rate))
  let keep: [...S] ~ bernoulli(1 - rate)
  let y = scale * (x * keep + floor_value * (1 - keep)) - scale * floor_value * rate
  return if training and rate > 0 then y else x
}

/// While training, adds normal noise of standard deviation `std`.
block GaussianNoise(std = 0.1)(x: [...S]) -> [...S] {
  let noise: [...S] ~ normal(0, std)
  return if training then x + noise else x
}

/// Two dense layers with an activation between them, back to the width of the input.
block FeedForward(hidden, act = gelu, dropout = 0.0)(x: [..., D]) -> [..., D] {
  return x -> Dense(hidden) -> act -> Dropout(dropout) -> Dense(D)
}

/// Dense layer whose columns are a length times a direction, `g * v / norm(v)` (Salimans & Kingma,
/// 2016). PyTorch: `weight_norm(Linear)`, with `v = weight_v.T`.
block WeightNorm(units, bias = true)(x: [..., D]) -> [..., units] {
  param v: [D, units] ~ glorot()
  param g: [units] = 1
  param b: [units] = 0
  let W = g * v / norm(v, over = 0)
  let y = x @ W
  return if bias then y + b else y
}

/// Dense layer with its weights divided by their largest singular value, followed by power
/// iteration (Miyato et al., 2018). PyTorch: `spectral_norm(Linear)`.
block SpectralNorm(units, iters = 1, eps = 1e-12, bias = true)(x: [..., D]) -> [..., units] {
  param W: [D, units] ~ glorot()
  param b: [units] = 0
  buffer u: [units] ~ normal()
  buffer v: [D] ~ normal()
  let flat = stop_gradient(W)
  let left = if training then u -> repeat iters { power_iteration(flat, eps) } else u
  let right = if training then normalize(flat @ left, eps = eps) else normalize(v, eps = eps)
  next u = left
  next v = right
  let sigma = sum(right * (W @ stop_gradient(left)))
  let y = x @ W / sigma
  return if bias then y + b else y
}

/// One round of power iteration on `W^T W`, normalised.
fn power_iteration(u, W, eps) = normalize(normalize(W @ u, eps = eps) @ W, eps = eps)
