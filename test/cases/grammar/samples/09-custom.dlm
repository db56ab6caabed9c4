/// Self-regularised non-monotonic activation.
fn mish(x) = x * tanh(log(1 + exp(x)))

fn snake(x, a = 1.0) = x + sin(a * x)^2 / a

/// Focal loss: down-weights examples the model already gets right.
fn focal(logits: [B, K], label: int[B], gamma = 2.0) -> float {
  let q = softmax(logits)
  let p[b] = q[b, label[b]]
  return mean(-(1 - p)^gamma * log(p))
}

fn info_nce(a: [B, D], c: [B, D], tau = 0.07) -> float {
  let s[i, j] = sum[d](a[i, d] * c[j, d]) / tau
  let m[i] = log(sum[j](exp(s[i, j]))) - s[i, i]
  return mean(m)
}
