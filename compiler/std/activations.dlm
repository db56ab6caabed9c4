/// Rectified linear unit, element-wise (Nair & Hinton, 2010). PyTorch: `relu`.
fn relu(x) = if x <= 0 then 0 else x

/// `relu` capped at 6 (Krizhevsky, 2010). PyTorch: `relu6`.
fn relu6(x) = hard_tanh(x, 0, 6)

/// `x` held between `lo` and `hi`, with gradient 0 at both ends. PyTorch: `hardtanh`.
fn hard_tanh(x, lo = -1, hi = 1) {
  let raised = if x <= lo then lo else x
  return if raised >= hi then hi else raised
}

/// `x` where positive, `slope * x` elsewhere (Maas et al., 2013). PyTorch: `leaky_relu`.
fn leaky_relu(x, slope = 0.01) = if x > 0 then x else slope * x

/// `x` above `at`, `value` elsewhere. PyTorch: `threshold`.
fn threshold(x, at, value) = if x > at then x else value

/// Exponential linear unit (Clevert et al., 2016). PyTorch: `elu`.
fn elu(x, alpha = 1) = if x > 0 then x else alpha * expm1(x)

/// `elu` with a continuous derivative for every `alpha` (Barron, 2017). PyTorch: `celu`.
fn celu(x, alpha = 1) = if x > 0 then x else alpha * expm1(x / alpha)

/// Self-normalising `elu` (Klambauer et al., 2017). PyTorch: `selu`.
fn selu(x) = 1.0507009873554805 * elu(x, 1.6732632423543772)

/// Gaussian error linear unit, exact (Hendrycks & Gimpel, 2016). PyTorch: `gelu`.
fn gelu(x) = 0.5 * x * (1 + erf(x / sqrt(2)))

/// `gelu` by its tanh approximation. PyTorch: `gelu(approximate="tanh")`.
fn gelu_tanh(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))

/// `x * sigmoid(x)`, also called swish (Ramachandran et al., 2017). PyTorch: `silu`.
fn silu(x) = x * sigmoid(x)

/// Self-regularised non-monotonic activation (Misra, 2019). PyTorch: `mish`.
fn mish(x) = x * tanh(softplus(x))

/// `log(1 + exp(beta * x)) / beta`, without overflow. PyTorch: `softplus`.
fn softplus(x, beta = 1) = max(x, 0) + log1p(exp(-abs(beta * x))) / beta

/// Logarithm of the logistic function, without underflow. PyTorch: `logsigmoid`.
fn log_sigmoid(x) = -softplus(-x)

/// `x / (1 + abs(x))` (Turian et al., 2009). PyTorch: `softsign`.
fn softsign(x) = x / (1 + abs(x))

/// `x - tanh(x)`. PyTorch: `tanhshrink`.
fn tanh_shrink(x) = x - tanh(x)

/// Piecewise linear logistic function, 0 below -3 and 1 above 3 (Howard et al., 2019). PyTorch:
/// `hardsigmoid`.
fn hard_sigmoid(x) = if x <= -3 then 0 else if x >= 3 then 1 else x / 6 + 0.5

/// `x * hard_sigmoid(x)` (Howard et al., 2019). PyTorch: `hardswish`.
fn hard_swish(x) = x * hard_sigmoid(x)

/// The largest value over an axis, kept as 1, without gradient; 0 where it is infinite.
fn safe_max(x, over = -1) {
  let top = stop_gradient(max(x, over = over, keepdim = true))
  return if top <= -inf or top >= inf then 0 else top
}

/// Non-negative values that sum to 1 over an axis; a row of `-inf` gives 0. PyTorch: `softmax`.
fn softmax(x, over = -1) {
  let e = exp(x - safe_max(x, over = over))
  return e / max(sum(e, over = over, keepdim = true), 0.5)
}

/// Logarithm of `softmax` over an axis, in one stable form. PyTorch: `log_softmax`.
fn log_softmax(x, over = -1) {
  let z = x - safe_max(x, over = over)
  return z - log(max(sum(exp(z), over = over, keepdim = true), 0.5))
}

/// `softmax` of `-x`. PyTorch: `softmin`.
fn softmin(x, over = -1) = softmax(-x, over = over)

/// Gated linear unit: the first half of the last axis times the sigmoid of the second (Dauphin et
/// al., 2017). PyTorch: `glu`.
fn glu(x) {
  let a, b = split(x, 2)
  return a * sigmoid(b)
}

/// The first half of the last axis times `silu` of the second (Shazeer, 2020).
fn swiglu(x) {
  let a, b = split(x, 2)
  return a * silu(b)
}

/// The first half of the last axis times `gelu` of the second (Shazeer, 2020).
fn geglu(x) {
  let a, b = split(x, 2)
  return a * gelu(b)
}

/// `leaky_relu` with a learned slope, one per channel or one for all (He et al., 2015). PyTorch:
/// `PReLU`.
block PRelu(shared = false)(x: [..., C]) -> [..., C] {
  let n = if shared then 1 else C
  param a: [n] = 0.25
  return if x > 0 then x else a * x
}
