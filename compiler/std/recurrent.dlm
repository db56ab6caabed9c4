/// One step of a simple recurrent network (Elman, 1990): `act(x @ Wx + h @ Wh + b)`. PyTorch:
/// `RNN`, with `b = b_ih + b_hh`.
cell SimpleRnn(units, act = tanh)(x: [B, In]) -> [B, units] {
  param Wx: [In, units] ~ glorot()
  param Wh: [units, units] ~ orthogonal()
  param b: [units] = 0
  state h: [B, units] = 0
  next h = act(x @ Wx + h @ Wh + b)
  return next h
}

/// Long short-term memory (Hochreiter & Schmidhuber, 1997), with an optional projection of the
/// output; gates i f g o. PyTorch: `LSTM`, with `b = b_ih + b_hh`.
cell Lstm(units, proj = 0, forget_bias = 0, bias = true)(x: [B, In]) -> [B, Out] {
  let Out = if proj > 0 then proj else units
  param Wx: [In, 4 * units] ~ glorot()
  param Wh: [Out, 4 * units] ~ orthogonal()
  param Wr: [units, Out] ~ glorot()
  param b: [4 * units] = 0
  state h: [B, Out] = 0
  state c: [B, units] = 0
  let z = x @ Wx + h @ Wh
  let i, f, g, o = split(if bias then z + b else z, 4)
  next c = sigmoid(f + forget_bias) * c + sigmoid(i) * tanh(g)
  let y = sigmoid(o) * tanh(next c)
  next h = if proj > 0 then y @ Wr else y
  return next h
}

/// `Lstm` that gives both its states, `(h, c)`, as an encoder needs.
cell LstmState(units, proj = 0, forget_bias = 0, bias = true)
  (x: [B, In]) -> (h: [B, Out], c: [B, units]) {
  let Out = if proj > 0 then proj else units
  param Wx: [In, 4 * units] ~ glorot()
  param Wh: [Out, 4 * units] ~ orthogonal()
  param Wr: [units, Out] ~ glorot()
  param b: [4 * units] = 0
  state h: [B, Out] = 0
  state c: [B, units] = 0
  let z = x @ Wx + h @ Wh
  let i, f, g, o = split(if bias then z + b else z, 4)
  next c = sigmoid(f + forget_bias) * c + sigmoid(i) * tanh(g)
  let y = sigmoid(o) * tanh(next c)
  next h = if proj > 0 then y @ Wr else y
  return next h, next c
}

/// Gated recurrent unit (Cho et al., 2014); gates r z n, with the bias `bn` of n inside the reset.
/// PyTorch: `GRU`, with `b = b_ih + b_hh` for r and z, `b_ih` for n, and `bn = b_hn`.
cell Gru(units)(x: [B, In]) -> [B, units] {
  param Wx: [In, 3 * units] ~ glorot()
  param Wh: [units, 3 * units] ~ orthogonal()
  param b: [3 * units] = 0
  param bn: [units] = 0
  state h: [B, units] = 0
  let xr, xz, xn = split(x @ Wx + b, 3)
  let hr, hz, hn = split(h @ Wh, 3)
  let r = sigmoid(xr + hr)
  let z = sigmoid(xz + hz)
  let n = tanh(xn + r * (hn + bn))
  next h = (1 - z) * n + z * h
  return next h
}
