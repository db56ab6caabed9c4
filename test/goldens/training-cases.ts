// The optimizer traces and schedules of the reference numbers in .dlm.

/** Trace name (`optim.<name>`, and `<name>_clip` with the norm of the gradients clipped at 0.5) → optimizer. */
export const optimizers: Readonly<Record<string, string>> = {
  sgd: "Sgd(lr = 0.1)",
  sgd_mom: "Sgd(lr = 0.1, momentum = 0.9, decay = 0.01)",
  sgd_damp: "Sgd(lr = 0.1, momentum = 0.9, dampening = 0.5)",
  sgd_nesterov: "Sgd(lr = 0.1, momentum = 0.9, nesterov = true)",
  adam: "Adam(lr = 0.05)",
  adam_wd: "Adam(lr = 0.05, decay = 0.1)",
  amsgrad: "Adam(lr = 0.05, amsgrad = true)",
  adamw: "AdamW(lr = 0.05, decay = 0.1)",
  adamax: "Adamax(lr = 0.05)",
  adagrad: "Adagrad(lr = 0.1)",
  adadelta: "Adadelta()",
  nadam: "OldNAdam(lr = 0.05)",
  radam: "RAdam(lr = 0.05)",
  rmsprop: "RmsProp()",
  rmsprop_centered_mom: "RmsProp(momentum = 0.9, centered = true)",
  rprop: "Rprop()",
};

/**
 * NAdam as PyTorch 1.13 has it: the second factor divides by one momentum too many, which pytorch/pytorch#92699 put
 * right. The library's follows the paper, as PyTorch does since.
 */
const oldNAdam = `optimizer OldNAdam(lr = 2e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8)(w, g) {
  state m = 0
  state v = 0
  state product: float = 1
  let mu = beta1 * (1 - 0.5 * 0.96^(step * 4e-3))
  let ahead = beta1 * (1 - 0.5 * 0.96^((step + 1) * 4e-3))
  next product = product * mu
  next m = beta1 * m + (1 - beta1) * g
  next v = beta2 * v + (1 - beta2) * g^2
  let root = sqrt(next v / (1 - beta2^step)) + eps
  let by_momentum = ahead / (1 - next product * mu * ahead) * next m
  next w = w - lr * ((1 - mu) / (1 - next product) * g + by_momentum) / root
}
`;

/** A two-layer network, full batch; the weights have the names of PyTorch's `Sequential`. */
export const optimizerSource = (optimizer: string, clip: boolean): string => `${optimizer.startsWith("OldNAdam") ? oldNAdam : ""}
model Net(x: [16, 4]) -> [16, 2] {
  let first = Dense(6)
  let second = Dense(2)
  return x -> first -> tanh -> second
}

train Trace {
  data x: [16, 4], y: [16, 2]
  let net = Net()
  minimize mean((net(x) - y)^2) using ${optimizer}${clip ? " clip 0.5" : ""}
}
`;

/** Weight → what it is of PyTorch's. */
export const traced: Readonly<Record<string, string>> = {
  "net.first.W": "0.weight.T",
  "net.first.b": "0.bias",
  "net.second.W": "2.weight.T",
  "net.second.b": "2.bias",
};

/** Schedule name (`sched.<name>`) → learning rate. */
export const schedules: Readonly<Record<string, string>> = {
  step: "step_decay(0.1, 5, gamma = 0.5)",
  multistep: "multi_step(0.1, [3, 8])",
  exp: "exponential(0.1, 0.9)",
  linear: "linear(0.1, from = 0.1, total = 10)",
  poly: "polynomial(0.1, total = 30, power = 2)",
  cosine: "cosine_annealing(0.1, 20)",
  cosine_restart: "cosine_restarts(0.1, 5, mult = 2)",
  cyclic: "cyclic(0.01, 0.1, up = 4)",
  onecycle: "one_cycle(0.5, 40)",
};

/** A weight with gradient 1: each update shows the rate. */
export const scheduleSource = (rate: string): string => `model Ramp(x: [1]) -> [1] {
  param w: [1] = 0
  return w * x
}

train Trace {
  data x: [1]
  let net = Ramp()
  minimize sum(net(x)) using Sgd(lr = ${rate})
}
`;
