/// Switch mixture of experts (Fedus et al., 2021): each token goes to its best expert, which takes
/// at most `capacity * tokens / experts` of them; tokens over capacity give 0. Penalty `E * sum(f *
/// P)` times `balance`.
block SwitchMoe(experts, hidden, capacity = 1.25, balance = 0.01)(x: [B, T, D]) -> [B, T, D] {
  param Wr: [D, experts] ~ normal(0, 0.02)
  param W1: [experts, D, hidden] ~ he(fan_in = D)
  param b1: [experts, hidden] = 0
  param W2: [experts, hidden, D] ~ he(fan_in = hidden)
  param b2: [experts, D] = 0
  let n = B * T
  let rows = reshape(x, [n, D])
  let p = softmax(rows @ Wr)
  let k = argmax(p)
  let place = cumsum(one_hot(k, experts), over = 0)
  let within[i] = place[i, k[i]] <= ceil(capacity * n / experts)
  let h[i, f] = relu(sum[d](rows[i, d] * W1[k[i], d, f]) + b1[k[i], f])
  let out[i, d] = sum[f](h[i, f] * W2[k[i], f, d]) + b2[k[i], d]
  let y[i, d] = if within[i] then p[i, k[i]] * out[i, d] else 0
  let load[e < experts] = mean[i](k[i] == e)
  let prob = mean(p, over = 0)
  penalty balance * experts * sum(load * prob)
  return reshape(y, [B, T, D])
}

/// Mixture of the best `k` experts of each token, their gates renormalised (Shazeer et al., 2017;
/// Mixtral, 2024). First choices are placed before second ones; what an expert cannot take gives 0.
block TopKMoe(experts, hidden, k = 2, capacity = 1.25, balance = 0.01)(x: [B, T, D]) -> [B, T, D] {
  param Wr: [D, experts] ~ normal(0, 0.02)
  param W1: [experts, D, hidden] ~ he(fan_in = D)
  param b1: [experts, hidden] = 0
  param W2: [experts, hidden, D] ~ he(fan_in = hidden)
  param b2: [experts, D] = 0
  let n = B * T
  let rows = reshape(x, [n, D])
  let p = softmax(rows @ Wr)
  let value, at = top_k(p, k)
  let gate = value / sum(value, over = -1, keepdim = true)
  let chosen = reshape(transpose(at), [k * n])
  let counted = cumsum(one_hot(chosen, experts), over = 0)
  let place = reshape(pick(counted, chosen), [k, n])
  let within[i, c] = place[c, i] <= ceil(capacity * k * n / experts)
  let h[i, c, f] = relu(sum[d](rows[i, d] * W1[at[i, c], d, f]) + b1[at[i, c], f])
  let out[i, c, d] = sum[f](h[i, c, f] * W2[at[i, c], f, d]) + b2[at[i, c], d]
  let y[i, d] = sum[c](if within[i, c] then gate[i, c] * out[i, c, d] else 0)
  let load[e < experts] = mean[i](at[i, 0] == e)
  let prob = mean(p, over = 0)
  penalty balance * experts * sum(load * prob)
  return reshape(y, [B, T, D])
}
