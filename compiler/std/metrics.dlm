/// Whether the largest score is the label's: `[...S, K]`, `int[...S]` to `bool[...S]`.
fn accuracy(logits, label) = argmax(logits) == label

/// Whether the label is among the `k` largest scores: `[...S, K]`, `int[...S]` to `bool[...S]`.
fn top_k_accuracy(logits, label, k = 5) {
  let value, at = top_k(logits, k)
  return any(at == unsqueeze(label, -1), over = -1)
}

/// Whether a score is on the side of 0 that the target, 0 or 1, asks for; element-wise.
fn binary_accuracy(x, y) = (x > 0) == (y > 0.5)

/// Share of the predicted that are actual; both bool.
fn precision(predicted, actual) = sum(predicted and actual) / max(sum(predicted), 1)

/// Share of the actual that are predicted; both bool.
fn recall(predicted, actual) = sum(predicted and actual) / max(sum(actual), 1)

/// Harmonic mean of `precision` and `recall`.
fn f1(predicted, actual) = 2 * sum(predicted and actual) / max(sum(predicted) + sum(actual), 1)

/// Share of the variance of `b` that `a` explains.
fn r2(a, b) = 1 - sum((b - a)^2) / sum((b - mean(b))^2)

/// Mean absolute error.
fn mae(a, b) = mean(abs(a - b))

/// Root of the mean squared error.
fn rmse(a, b) = sqrt(mean((a - b)^2))

/// `exp(loss)` of a mean cross-entropy.
fn perplexity(loss) = exp(loss)

/// How often label i (row) was predicted as j (column): `int[K, K]`.
fn confusion(predicted, label, K) {
  let p = reshape(predicted, [count(predicted)])
  let l = reshape(label, [count(label)])
  let table[i < K, j < K] = sum[n](l[n] == i and p[n] == j)
  return table
}
