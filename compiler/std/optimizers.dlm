/// Stochastic gradient descent, with momentum if asked (Sutskever et al., 2013). PyTorch: `SGD`.
optimizer Sgd(lr = 1e-2, momentum = 0, dampening = 0, nesterov = false, decay = 0)(w, g) {
  state v = 0
  let d = decayed(g, w, decay)
  let share = if dampening == 0 or step == 1 then 1 else 1 - dampening
  next v = momentum * v + share * d
  let ahead = if nesterov then d + momentum * next v else next v
  next w = if momentum == 0 then w - lr * d else w - lr * ahead
}

/// Adam (Kingma & Ba, 2015), with the variant AMSGrad (Reddi et al., 2018). PyTorch: `Adam`.
optimizer Adam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0, amsgrad = false)
  (w, g) {
  state m = 0
  state v = 0
  state top = 0
  let d = decayed(g, w, decay)
  next m = beta1 * m + (1 - beta1) * d
  next v = beta2 * v + (1 - beta2) * d^2
  next top = max(top, next v)
  let second = if amsgrad then next top else next v
  next w = w - over_root(lr / (1 - beta1^step), next m, second, beta2, eps)
}

/// Adam with decoupled weight decay (Loshchilov & Hutter, 2019). PyTorch: `AdamW`.
optimizer AdamW(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0.01, amsgrad = false)
  (w, g) {
  state m = 0
  state v = 0
  state top = 0
  next m = beta1 * m + (1 - beta1) * g
  next v = beta2 * v + (1 - beta2) * g^2
  next top = max(top, next v)
  let second = if amsgrad then next top else next v
  next w = shrunk(w, lr, decay) - over_root(lr / (1 - beta1^step), next m, second, beta2, eps)
}

/// Gradient divided by a running root mean square (Tieleman & Hinton, 2012). `clamp` limits the
/// weights, for WGAN. PyTorch: `RMSprop`.
optimizer RmsProp(
  lr = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, decay = 0, clamp = inf
)(w, g) {
  state v = 0
  state mean_g = 0
  state m = 0
  let d = decayed(g, w, decay)
  next v = alpha * v + (1 - alpha) * d^2
  next mean_g = alpha * mean_g + (1 - alpha) * d
  let spread_of_g = if centered then next v - (next mean_g)^2 else next v
  let r = d / (sqrt(spread_of_g) + eps)
  next m = momentum * m + r
  let moved = w - lr * (if momentum == 0 then r else next m)
  next w = if clamp == inf then moved else max(min(moved, clamp), -clamp)
}

/// Gradient divided by the root of the sum of all squares so far (Duchi et al., 2011). PyTorch:
/// `Adagrad`.
optimizer Adagrad(lr = 1e-2, lr_decay = 0, eps = 1e-10, decay = 0)(w, g) {
  state v = 0
  let d = decayed(g, w, decay)
  next v = v + d^2
  next w = w - lr / (1 + (step - 1) * lr_decay) * d / (sqrt(next v) + eps)
}

/// Steps in the units of the weights, without a rate of their own (Zeiler, 2012). PyTorch:
/// `Adadelta`.
optimizer Adadelta(lr = 1, rho = 0.9, eps = 1e-6, decay = 0)(w, g) {
  state v = 0
  state u = 0
  let d = decayed(g, w, decay)
  next v = rho * v + (1 - rho) * d^2
  let delta = sqrt(u + eps) / sqrt(next v + eps) * d
  next u = rho * u + (1 - rho) * delta^2
  next w = w - lr * delta
}

/// Adam with the largest gradient so far in place of the root mean square (Kingma & Ba, 2015).
/// PyTorch: `Adamax`.
optimizer Adamax(lr = 2e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0)(w, g) {
  state m = 0
  state u = 0
  let d = decayed(g, w, decay)
  next m = beta1 * m + (1 - beta1) * d
  next u = max(beta2 * u, abs(d) + eps)
  next w = w - lr / (1 - beta1^step) * next m / next u
}

/// Adam with Nesterov momentum (Dozat, 2016). PyTorch: `NAdam`.
optimizer NAdam(lr = 2e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0, momentum_decay = 4e-3)
  (w, g) {
  state m = 0
  state v = 0
  state mu: float = 1
  let d = decayed(g, w, decay)
  let now = beta1 * (1 - 0.5 * 0.96^(step * momentum_decay))
  let then_ = beta1 * (1 - 0.5 * 0.96^((step + 1) * momentum_decay))
  next mu = mu * now
  next m = beta1 * m + (1 - beta1) * d
  next v = beta2 * v + (1 - beta2) * d^2
  let by_gradient = (1 - now) / (1 - next mu) * d
  let by_momentum = then_ / (1 - next mu * then_) * next m
  next w = w - over_root(lr, by_gradient + by_momentum, next v, beta2, eps)
}

/// Adam with a rectified variance: plain momentum until it is known well enough (Liu et al., 2020).
/// PyTorch: `RAdam`.
optimizer RAdam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0)(w, g) {
  state m = 0
  state v = 0
  let d = decayed(g, w, decay)
  next m = beta1 * m + (1 - beta1) * d
  next v = beta2 * v + (1 - beta2) * d^2
  let bias2 = 1 - beta2^step
  let limit = 2 / (1 - beta2) - 1
  let length = limit - 2 * step * beta2^step / bias2
  let rectified = max((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length), 0)
  let adaptive = if length > 5 then sqrt(rectified * bias2) else 0
  let plain = if length > 5 then 0 else 1
  next w = w - lr / (1 - beta1^step) * next m * (adaptive / (sqrt(next v) + eps) + plain)
}

/// A step size per weight that grows while the sign of the gradient stays (Riedmiller & Braun,
/// 1993). PyTorch: `Rprop`.
optimizer Rprop(lr = 1e-2, down = 0.5, up = 1.2, least = 1e-6, most = 50)(w, g) {
  state previous = 0
  state reach = lr
  let same = g * previous
  next reach =
    max(min(reach * (if same > 0 then up else if same < 0 then down else 1), most), least)
  let used = if same < 0 then 0 else g
  next previous = used
  next w = w - sign(used) * next reach
}

/// The sign of a mix of momentum and gradient (Chen et al., 2023).
optimizer Lion(lr = 1e-4, beta1 = 0.9, beta2 = 0.99, decay = 0)(w, g) {
  state m = 0
  next m = beta2 * m + (1 - beta2) * g
  next w = shrunk(w, lr, decay) - lr * sign(beta1 * m + (1 - beta1) * g)
}

/// Adam with a trust ratio per tensor, for large batches (You et al., 2020).
optimizer Lamb(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-6, decay = 0)(w, g) {
  state m = 0
  state v = 0
  next m = beta1 * m + (1 - beta1) * g
  next v = beta2 * v + (1 - beta2) * g^2
  let r = decayed(over_root(1 / (1 - beta1^step), next m, next v, beta2, eps), w, decay)
  let size_w = norm(w)
  let size_r = norm(r)
  let trust = if size_w > 0 and size_r > 0 then size_w / size_r else 1
  next w = w - lr * trust * r
}

/// Momentum with its matrix made nearly orthogonal (Jordan et al., 2024), for weights of rank 2;
/// AdamW with the rate `rest_lr` for others.
optimizer Muon(lr = 0.02, momentum = 0.95, iters = 5, rest_lr = 3e-4, decay = 0)(w, g) {
  state m = 0
  state v = 0
  let flat = rank(w) == 2
  let keep_m = if flat then momentum else 0.9
  let add_m = if flat then 1 else 0.1
  next m = keep_m * m + add_m * g
  next v = 0.999 * v + 0.001 * g^2
  let adam = over_root(rest_lr / (1 - 0.9^step), next m, next v, 0.999, 1e-8)
  next w =
    if flat then shrunk(w, lr, decay) - lr * orthogonalize(g + momentum * next m, iters)
    else shrunk(w, rest_lr, decay) - adam
}

/// A matrix near the orthogonal one closest to `x: [D, N]`, times `sqrt(max(1, N / D))`, by
/// Newton-Schulz rounds.
fn orthogonalize(x, iters) {
  let D = size(x, 0)
  let N = size(x, 1)
  let tall = D > N
  let start = if tall then transpose(x) else x
  let y = start / (norm(start) + 1e-7) -> repeat iters { newton_schulz }
  return sqrt(max(1, N / D)) * (if tall then transpose(y) else y)
}

/// One round of the quintic iteration that brings all singular values near 1.
fn newton_schulz(x) {
  let a = x @ transpose(x)
  return 3.4445 * x + (2.0315 * (a @ a) - 4.775 * a) @ x
}

/// `rate * m / (sqrt(v_hat) + eps)`, where `v_hat = v / (1 - beta2^step)` is a mean that began at 0,
/// corrected. The correction goes into `rate` and `eps`, which are numbers of the step: that leaves
/// one division per weight (Kingma & Ba, 2015, section 2).
fn over_root(rate, m, v, beta2, eps) {
  let root = sqrt(1 - beta2^step)
  return rate * root * (m / (sqrt(v) + eps * root))
}

/// A gradient with that of `decay / 2 * sum(w^2)` added: L2 decay.
fn decayed(g, w, decay) = if decay == 0 then g else g + decay * w

/// A weight after decoupled decay (Loshchilov & Hutter, 2019).
fn shrunk(w, lr, decay) = if decay == 0 then w else (1 - lr * decay) * w
