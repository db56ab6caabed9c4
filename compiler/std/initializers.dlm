/// U(-a, a) with `a = gain * sqrt(6 / (fan_in + fan_out))` (Glorot & Bengio, 2010). PyTorch:
/// `xavier_uniform_`.
fn glorot(gain = 1, fan_in = fan_in, fan_out = fan_out) =
  uniform(-gain * sqrt(6 / (fan_in + fan_out)), gain * sqrt(6 / (fan_in + fan_out)))

/// N(0, `gain * sqrt(2 / (fan_in + fan_out))`) (Glorot & Bengio, 2010). PyTorch: `xavier_normal_`.
fn glorot_normal(gain = 1, fan_in = fan_in, fan_out = fan_out) =
  normal(0, gain * sqrt(2 / (fan_in + fan_out)))

/// N(0, `sqrt(2 / fan_in)`) (He et al., 2015). PyTorch: `kaiming_normal_`.
fn he(fan_in = fan_in, fan_out = fan_out) = normal(0, sqrt(2 / fan_in))

/// U(-a, a) with `a = sqrt(6 / fan_in)` (He et al., 2015). PyTorch: `kaiming_uniform_`.
fn he_uniform(fan_in = fan_in, fan_out = fan_out) = uniform(-sqrt(6 / fan_in), sqrt(6 / fan_in))

/// N(0, `sqrt(1 / fan_in)`) (LeCun et al., 1998).
fn lecun(fan_in = fan_in, fan_out = fan_out) = normal(0, sqrt(1 / fan_in))

/// U(-a, a) with `a = sqrt(3 / fan_in)` (LeCun et al., 1998).
fn lecun_uniform(fan_in = fan_in, fan_out = fan_out) = uniform(-sqrt(3 / fan_in), sqrt(3 / fan_in))
