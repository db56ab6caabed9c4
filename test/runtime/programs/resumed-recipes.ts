// Recipes that hold state of every kind, and the examples they train on.

import { datasetOf, type Source } from "../../../runtime/data/dataset.ts";
import { normalAt, uniformAt } from "../../../runtime/random.ts";

const rows = 43;

const floats = (key: number, size: number) => ({
  dtype: "f32" as const,
  shape: [size],
  values: Float32Array.from({ length: rows * size }, (_, i) => normalAt(key, 1, 0, i)),
});

const labels = (key: number, shape: readonly number[], below: number) => ({
  dtype: "i32" as const,
  shape,
  values: Int32Array.from({ length: rows * shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    Math.floor(below * uniformAt(key, 1, 0, i)),
  ),
});

export const data = datasetOf([
  ["x", floats(1, 3)],
  ["label", labels(2, [], 2)],
  ["chars", labels(3, [5], 7)],
  ["target", labels(4, [5], 7)],
]);

export const table: Source = { kind: "table", data };

/** The same examples, in pieces of one to nine rows. */
export const stream: Source = {
  kind: "stream",
  open: async function* () {
    for (let at = 0, size = 1; at < rows; at += size, size = (size % 9) + 1)
      yield datasetOf(
        [...data.columns].map(([name, { dtype, shape, values }]) => {
          const one = shape.reduce((a, b) => a * b, 1);
          return [name, { dtype, shape, values: values.slice(at * one, (at + size) * one) }];
        }),
      );
  },
};

const classifier = (stages: string, minimize: string, settings: string): string => `
model Net(x: [B, 3]) -> [B, 2] { return x -> ${stages} -> Dense(2) }
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) ${minimize}
  metric accuracy = mean(argmax(logits) == label)
  batch: 8
  ${settings}
}`;

const nets = `
model G(z: [B, 4]) -> [B, 3] { return z -> Dense(7) -> BatchNorm() -> relu -> Dense(3) }
model D(x: [B, 3]) -> [B, 1] { return x -> Dense(7) -> leaky_relu(0.2) -> Dense(1) }`;

export const recipes: Readonly<Record<string, { readonly text: string; readonly source: Source }>> =
  {
    "batch norm, dropout, averages, accumulated gradients, early stopping": {
      text: classifier(
        "Dense(7) -> BatchNorm() -> tanh -> Dropout(0.2)",
        "using Adam(lr = 0.05) clip 1.0",
        "accumulate: 3\n  ema: 0.9\n  epochs: 5\n  validation: 0.2\n  early_stop: 1",
      ),
      source: table,
    },
    "two nets, two optimizers, draws": {
      text: `${nets}
train Fit {
  data x: [B, 3]
  let G = G()
  let D = D()
  step disc repeat 2 {
    let z: [B, 4] ~ normal()
    minimize mean(bce_logits(D(x), 1) + bce_logits(D(G(z)), 0)) over D using Adam(lr = 2e-3)
  }
  step gen {
    let z: [B, 4] ~ normal()
    minimize mean(bce_logits(D(G(z)), 1)) over G using RmsProp(lr = 2e-3, momentum = 0.5)
    metric spread = std(G(z))
    metric lowest = log(0 * mean(x^2))
  }
  batch: 8
  epochs: 3
}`,
      source: table,
    },
    "a gradient penalty, steps that accumulate, averages of two nets": {
      text: `${nets}
train Fit {
  data x: [B, 3]
  let G = G()
  let D = D()
  step critic {
    let z: [B, 4] ~ normal()
    let share: [B, 1] ~ uniform()
    let between = share * x + (1 - share) * G(z)
    let slope = norm(grad(reshape(D(between), [B]), between), over = -1)
    minimize mean(D(G(z)) - D(x)) + mean((slope - 1)^2) over D using Adam(lr = 5e-3, beta1 = 0)
  }
  step gen {
    let z: [B, 4] ~ normal()
    minimize mean(-D(G(z))) over G using Adam(lr = 5e-3, beta1 = 0)
  }
  batch: 8
  steps: 5
  accumulate: 2
  ema: 0.75
}`,
      source: table,
    },
    "a recurrent net, clipped": {
      text: `
model Net(chars: int[B, T]) -> [B, T, 7] {
  return chars -> Embedding(7, 4) -> scan T { Lstm(5) -> Gru(3) } -> Dense(7)
}
train Fit {
  data chars: int[B, T], target: int[B, T]
  let net = Net()
  minimize mean(cross_entropy(net(chars), target)) using NAdam(lr = 0.02) clip 0.5
  batch: 8
  epochs: 2
  T: 5
}`,
      source: table,
    },
    "experts with a penalty, a limit of steps within an epoch": {
      text: classifier(
        "reshape([B, 1, 3]) -> TopKMoe(3, 4) -> flatten",
        "using AdamW(lr = warmup(0.02, 5), amsgrad = true)",
        "steps: 8\n  validation: 0.25",
      ),
      source: table,
    },
    "groups with odd state, a stream in a window": {
      text: `
block Shift()(x: [B, D]) -> [B, D] {
  param by: [D] = 0
  buffer seen: [D] = 0
  next seen = 0.5 * seen + mean(x, over = 0)
  penalty 0.1 * sum(by^2)
  return x + by - stop_gradient(if training then mean(x, over = 0) else seen)
}
model Net(x: [B, 3]) -> [B, 2] {
  let frozen = Dense(5)
  let shift = Shift()
  let hidden = Dense(6)
  let head = Dense(2)
  return x -> frozen -> shift -> hidden -> tanh -> head
}
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label))
    over net.shift using Rprop()
    over net.hidden using NAdam()
    over net.head using Muon(lr = one_cycle(0.05, total = 12))
  batch: 8
  epochs: 2
  shuffle: 13
  validation: 0.2
}`,
      source: stream,
    },
    "optimizers with states of many kinds": {
      text: `
model Net(x: [B, 3]) -> [B, 2] {
  let a = Dense(4)
  let b = Dense(4)
  let c = Dense(4)
  let d = Dense(4)
  let e = Dense(2)
  return x -> a -> tanh -> b -> tanh -> c -> tanh -> d -> tanh -> e
}
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label))
    over net.a using Lamb(lr = 0.01)
    over net.b using RAdam(lr = 0.01)
    over net.c using Adadelta()
    over net.d using Adamax()
    over net.e using Adagrad(lr_decay = 0.1) clip 1.0
  batch: 8
  epochs: 2
  drop_last: true
}`,
      source: table,
    },
  };
