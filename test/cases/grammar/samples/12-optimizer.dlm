/// Adam (Kingma & Ba, 2015).
optimizer Adam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8)(w, g) {
  state m = 0
  state v = 0
  next m = beta1 * m + (1 - beta1) * g
  next v = beta2 * v + (1 - beta2) * g^2
  let m_hat = next m / (1 - beta1^step)
  let v_hat = next v / (1 - beta2^step)
  next w = w - lr * m_hat / (sqrt(v_hat) + eps)
}

/// Linear warm-up, then half a cosine to zero. `step` counts updates from 1.
fn cosine(peak, warmup, total) =
  if step <= warmup then peak * step / warmup
  else 0.5 * peak * (1 + cos(pi * (step - warmup) / (total - warmup)))

/// Wasserstein GAN with gradient penalty: one step of the critic.
fn gradient_penalty(score: [B], at: [B, ...S]) -> float {
  let slope = grad(sum(score), at)
  let norm = sqrt(sum(slope^2, keep = B) + 1e-12)
  return mean((norm - 1)^2)
}
