/// `lr`, times `gamma` after every `every` updates. PyTorch: `StepLR`.
fn step_decay(lr, every, gamma = 0.1) = lr * gamma^floor((step - 1) / every)

/// `lr`, times `gamma` at each number of updates in the list `at`. PyTorch: `MultiStepLR`.
fn multi_step(lr, at, gamma = 0.1) = lr -> repeat n in at { decay_from(n, gamma) }

/// `lr`, times `gamma` once `n` updates are done.
fn decay_from(lr, n, gamma) = if step - 1 >= n then lr * gamma else lr

/// `lr * gamma^n` after n updates. PyTorch: `ExponentialLR`.
fn exponential(lr, gamma) = lr * gamma^(step - 1)

/// `lr` times a factor that goes straight from `from` to `to` in `total` updates. PyTorch:
/// `LinearLR`.
fn linear(lr, from = 1 / 3, to = 1, total = 5) =
  lr * (from + (to - from) * min(step - 1, total) / total)

/// `lr * (1 - n / total)^power` after n updates, then 0. PyTorch: `PolynomialLR`.
fn polynomial(lr, total = 5, power = 1) = lr * (1 - min(step - 1, total) / total)^power

/// Half a cosine from `lr` to `least` in `total` updates (Loshchilov & Hutter, 2017). PyTorch:
/// `CosineAnnealingLR`.
fn cosine_annealing(lr, total, least = 0) =
  least + (lr - least) * (1 + cos(pi * (step - 1) / total)) / 2

/// Half cosines from `lr` to `least`, the first of `period` updates, each `mult` times as long as
/// the one before (Loshchilov & Hutter, 2017). PyTorch: `CosineAnnealingWarmRestarts`.
fn cosine_restarts(lr, period, mult = 1, least = 0) {
  let n = step - 1
  let k =
    if mult == 1 then floor(n / period)
    else floor(log(n / period * (mult - 1) + 1) / log(mult) + 1e-9)
  let begin = if mult == 1 then k * period else period * (mult^k - 1) / (mult - 1)
  return least + (lr - least) * (1 + cos(pi * (n - begin) / (period * mult^k))) / 2
}

/// Straight up from `least` to `most` in `up` updates, straight down in `down`, again and again
/// (Smith, 2017). PyTorch: `CyclicLR(mode="triangular")`.
fn cyclic(least, most, up = 2000, down = up) {
  let n = (step - 1) % (up + down)
  return least + (most - least) * (if n <= up then n / up else (up + down - n) / down)
}

/// Half a cosine up to `most` in the share `rise` of `total` updates, half a cosine down (Smith &
/// Topin, 2019). PyTorch: `OneCycleLR`.
fn one_cycle(most, total, rise = 0.3, div = 25, final_div = 1e4) {
  let n = step - 1
  let top = rise * total - 1
  let up = half_cosine(most / div, most, n / top)
  let down = half_cosine(most, most / div / final_div, (n - top) / (total - 1 - top))
  return if n <= top then up else down
}

/// Half a cosine from `a` to `b` as `t` goes from 0 to 1.
fn half_cosine(a, b, t) = b + (a - b) * (1 + cos(pi * t)) / 2

/// Straight from `lr / steps` to `lr`, then constant.
fn warmup(lr, steps) = lr * min(1, step / steps)

/// Linear warm-up to `peak`, then half a cosine to zero. `step` counts updates from 1.
fn cosine(peak, warmup, total) =
  if step <= warmup then peak * step / warmup
  else 0.5 * peak * (1 + cos(pi * (step - warmup) / (total - warmup)))

/// Linear warm-up, then the inverse square root of the update number (Vaswani et al., 2017).
fn noam(width, warmup) = width^-0.5 * min(step^-0.5, step * warmup^-1.5)
