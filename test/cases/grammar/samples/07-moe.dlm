/// Switch (top-1) mixture of experts with the load-balancing loss of Fedus et al.
block SwitchFFN(experts, hidden, balance = 0.01)(x: [B, T, D]) -> [B, T, D] {
  param Wr: [D, experts] ~ normal(0, 0.02)
  param W1: [experts, D, hidden] ~ he(fan_in = D)
  param b1: [experts, hidden] = 0
  param W2: [experts, hidden, D] ~ he(fan_in = hidden)

  let p = softmax(x @ Wr)
  let k = argmax(p)
  let h[b, t, f] = relu(sum[d](x[b, t, d] * W1[k[b, t], d, f]) + b1[k[b, t], f])
  let y[b, t, d] = p[b, t, k[b, t]] * sum[f](h[b, t, f] * W2[k[b, t], f, d])

  let load[e < experts] = mean[b, t](k[b, t] == e)
  let prob[e] = mean[b, t](p[b, t, e])
  penalty balance * experts * sum(load * prob)
  return y
}
