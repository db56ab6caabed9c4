/// Cross-entropy of class scores against class numbers, one value per example, through logsumexp.
/// PyTorch: `F.cross_entropy(reduction="none")`; ignored examples give 0.
fn cross_entropy(
  logits: [...S, K], label: int[...S], smoothing = 0.0, weight: [K] = 1, ignore = -100
) -> [...S] {
  let n = count(label)
  let z = reshape(logits, [n, K])
  let target = reshape(label, [n])
  let known = target != ignore
  let at = if known then target else 0
  let lse = logsumexp(z)
  let hard[i] = weight[at[i]] * (lse[i] - z[i, at[i]])
  let soft[i] = mean[k](weight[k] * (lse[i] - z[i, k]))
  let loss = if smoothing > 0 then (1 - smoothing) * hard + smoothing * soft else hard
  return reshape(if known then loss else 0, [...S])
}

/// The weight of each label's class, 0 where the label is `ignore`: `int[...S]`, `[K]` to `[...S]`.
/// `sum(cross_entropy(z, label, weight = w)) / sum(class_weights(label, w))` is PyTorch's mean.
fn class_weights(label: int[...S], weight: [K], ignore = -100) -> [...S] {
  let known = label != ignore
  let at = if known then label else 0
  return if known then weight[at] else 0
}

/// Cross-entropy of class scores against class probabilities: `[...S, K]` twice to `[...S]`.
/// PyTorch: `F.cross_entropy` with probabilities.
fn soft_cross_entropy(logits, p) = -sum(p * log_softmax(logits), over = -1)

/// Negative log-likelihood of class numbers under log-probabilities: `[...S, K]`, `int[...S]` to
/// `[...S]`. PyTorch: `F.nll_loss(reduction="none")`.
fn nll(log_p, label) = -pick(log_p, label)

/// Binary cross-entropy of scores against targets in 0..1, element-wise and without overflow.
/// PyTorch: `F.binary_cross_entropy_with_logits(reduction="none")`.
fn bce_logits(x, y, pos_weight = 1) = (1 - y) * x + (1 + (pos_weight - 1) * y) * softplus(-x)

/// Binary cross-entropy of probabilities against targets in 0..1, element-wise, logarithms at least
/// -100. PyTorch: `F.binary_cross_entropy(reduction="none")`.
fn bce(p, y) = -(y * max(log(p), -100) + (1 - y) * max(log(1 - p), -100))

/// `(a - b)^2`, element-wise. PyTorch: `F.mse_loss(reduction="none")`.
fn squared_error(a, b) = (a - b)^2

/// `abs(a - b)`, element-wise. PyTorch: `F.l1_loss(reduction="none")`.
fn absolute_error(a, b) = abs(a - b)

/// Quadratic up to `delta`, then linear with slope `delta` (Huber, 1964). PyTorch:
/// `F.huber_loss(reduction="none")`.
fn huber(a, b, delta = 1) {
  let d = abs(a - b)
  return if d <= delta then 0.5 * d^2 else delta * (d - 0.5 * delta)
}

/// Quadratic up to `beta`, then linear with slope 1 (Girshick, 2015). PyTorch:
/// `F.smooth_l1_loss(reduction="none")`.
fn smooth_l1(a, b, beta = 1) {
  let d = abs(a - b)
  return if beta == 0 then d else if d < beta then 0.5 * d^2 / beta else d - 0.5 * beta
}

/// Kullback-Leibler divergence of `log_p` from `target`, element-wise, 0 where `target` is 0. With
/// `log_target` the target is a log-probability. PyTorch: `F.kl_div(reduction="none")`.
fn kl_div(log_p, target, log_target = false) =
  if log_target then exp(target) * (target - log_p)
  else (if target == 0 then 0 else target * log(target)) - target * log_p

/// Negative log-likelihood of `y` under a normal of mean `mu` and `variance`, which counts as at
/// least `eps`; `full` adds the constant. PyTorch: `F.gaussian_nll_loss(reduction="none")`.
fn gaussian_nll(mu, y, variance, full = false, eps = 1e-6) {
  let v = variance + stop_gradient(max(variance, eps) - variance)
  let loss = 0.5 * (log(v) + (mu - y)^2 / v)
  return if full then loss + 0.5 * log(2 * pi) else loss
}

/// Negative log-likelihood of counts `y` under a Poisson of rate `exp(x)`, or `x`, without the
/// constant. PyTorch: `F.poisson_nll_loss(reduction="none")`.
fn poisson_nll(x, y, log_input = true) = if log_input then exp(x) - y * x else x - y * log(x + 1e-8)

/// `x` where `y` is 1, `max(0, margin - x)` where it is -1. PyTorch:
/// `F.hinge_embedding_loss(reduction="none")`.
fn hinge_embedding(x, y, margin = 1) =
  (if y == -1 then 0 else x) + (if y == 1 then 0 else max(0, margin - x))

/// `max(0, 1 - x * y)` for `y` of -1 or 1, element-wise.
fn hinge(x, y) = max(0, 1 - x * y)

/// `1 - cosine` of the rows where `y` is 1, `max(0, cosine - margin)` where it is -1: `[B, D]`
/// twice to `[B]`. PyTorch: `F.cosine_embedding_loss(reduction="none")`.
fn cosine_embedding(a, b, y, margin = 0) {
  let cosine =
    sum(a * b, over = -1) / sqrt((sum(a^2, over = -1) + 1e-12) * (sum(b^2, over = -1) + 1e-12))
  return if y == 1 then 1 - cosine else max(0, cosine - margin)
}

/// `max(0, distance(a, p) - distance(a, n) + margin)`, rows `[B, D]` to `[B]` (Schroff et al.,
/// 2015). PyTorch: `F.triplet_margin_loss(reduction="none")`.
fn triplet(a, p, n, margin = 1) = max(0, pairwise_distance(a, p) - pairwise_distance(a, n) + margin)

/// `d^2` for pairs that are the same, `max(0, margin - d)^2` for others (Hadsell et al., 2006).
fn contrastive(d, same, margin = 1) = same * d^2 + (1 - same) * max(0, margin - d)^2

/// Each row of `a` must find its row of `b` among all of them: `[B, D]` twice to `[B]` (van den
/// Oord et al., 2018).
fn info_nce(a: [B, D], b: [B, D], tau = 0.07) -> [B] {
  let score[i, j] = sum[d](a[i, d] * b[j, d]) / tau
  let loss[i] = logsumexp[j](score[i, j]) - score[i, i]
  return loss
}

/// Contrastive loss of two views of each example, rows `i` and `i + N / 2`: `[N, D]` to `[N]`
/// (SimCLR, Chen et al., 2020).
fn nt_xent(z: [N, D], tau = 0.5) -> [N] {
  require N % 2 == 0, "the rows must be two views of each example"
  let u = normalize(z, eps = 1e-8)
  let score[i, j] = sum[d](u[i, d] * u[j, d]) / tau
  let other[i, j] = if i == j then -inf else score[i, j]
  let loss[i] = logsumexp[j](other[i, j]) - score[i, (i + floor(N / 2)) % N]
  return loss
}

/// `1 - (2 * sum(p * y) + eps) / (sum(p) + sum(y) + eps)` of each example, `[B, ...S]` to `[B]`
/// (Milletari et al., 2016).
fn dice(p, y, eps = 1) =
  1 - (2 * sum(p * y, keep = 0) + eps) / (sum(p, keep = 0) + sum(y, keep = 0) + eps)

/// Cross-entropy that down-weights examples the model gets right, `[...S, K]` to `[...S]` (Lin et
/// al., 2017).
fn focal(logits, label, gamma = 2) {
  let log_p = pick(log_softmax(logits), label)
  return -(1 - exp(log_p))^gamma * log_p
}

/// Kullback-Leibler divergence of N(mu, exp(logvar)) from N(0, 1), element-wise (Kingma & Welling,
/// 2014).
fn kl_normal(mu, logvar) = 0.5 * (mu^2 + exp(logvar) - 1 - logvar)

/// Negative log-likelihood of the first `label_lengths` labels under all ways to spread them, with
/// blanks between, over the first `lengths` steps of `log_p`: `[B]` (Graves et al., 2006). `inf`
/// where none fits, 0 with `zero_infinity`; no gradient then. PyTorch: `F.ctc_loss(reduction=
/// "none")`, batch first; its gradient counts on `log_p = log_softmax(x)` and is the one to x.
fn ctc(
  log_p: [B, T, K],
  label: int[B, L],
  lengths: int[B],
  label_lengths: int[B],
  blank = 0,
  zero_infinity = false
) -> [B] {
  let S = 2 * L + 1
  let gap: int[B, L] = blank
  let end: int[B, 1] = blank
  let own[b, l] = if l < label_lengths[b] then label[b, l] else blank
  let path = concat(reshape(stack(gap, own, axis = 2), [B, 2 * L]), end)
  let before = pad_edges(path, [[0, 0], [2, 0]], value = blank)[:, :S]
  let emit[b, t, s] = log_p[b, t, path[b, s]]
  let live[b, t < T] = t < lengths[b]
  let start[b < B, s < S] = if s == 0 then 0 else -inf
  let a = (emit, live, path != before) -> scan T from start { CtcStep() } -> last(1)
  let done[b, s < S] = s == 2 * label_lengths[b] or s == 2 * label_lengths[b] - 1
  let loss = -logsumexp(if done then a else -inf)
  return if zero_infinity and loss >= inf then 0 else loss
}

/// Log-probability of being at each place of a path of labels with blanks between, one step on:
/// from the same place, the one before, or, where `skip` says, the one before that.
cell CtcStep()(emit: [B, S], live: bool[B], skip: bool[B, S]) -> [B, S] {
  state a: [B, S] = -inf
  let before = pad_edges(a, [[0, 0], [2, 0]], value = -inf)
  let from[b, s, k < 3] = if k < 2 or skip[b, s] then before[b, s + 2 - k] else -inf
  next a = if unsqueeze(live, -1) then emit + logsumexp(from) else a
  return next a
}
