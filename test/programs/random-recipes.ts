// Writes recipes at random: a net of library layers, a loss, an optimizer, settings.

import { createChoices } from "../fuzz/random.ts";
import type { Choices } from "../fuzz/random.ts";

export type RandomRecipe = {
  readonly text: string;
  readonly features: number;
  readonly classes: number;
  readonly rows: number;
  readonly executions: number;
};

/** Statements of a net's body that turn `h` of some width into `h` of another. */
type Piece = (choices: Choices, width: number, index: number) => readonly [string, number];

const keep =
  (stages: string): Piece =>
  (_choices, width) => [`let h = h -> ${stages}`, width];

const pieces: readonly Piece[] = [
  (choices, _width) => {
    const units = choices.pick([1, 3, 4, 5, 8]);
    const bias = choices.pick(["", ", bias = false"]);
    return [`let h = h -> Dense(${units}${bias})`, units];
  },
  keep("tanh"),
  keep("gelu"),
  keep("sigmoid"),
  keep("relu"),
  keep("LayerNorm(eps = 0.01)"),
  keep("BatchNorm(eps = 0.01)"),
  keep("Dropout(0.25)"),
  (_choices, width) => [`let h = h -> repeat 2 { Dense(${width}) -> tanh }`, width],
  (_choices, width) => [`let h = h + (h -> Dense(${width}) -> softplus)`, width],
  (_choices, width, index) => [
    `let twin${index} = Dense(${width})\n  let h = tanh(twin${index}(h)) * twin${index}(0.5 * h)`,
    width,
  ],
  (_choices, width, index) => [
    `param scale${index}: float = 1.25\n  let h = scale${index} * h`,
    width,
  ],
  (_choices, width, index) => [
    `param shift${index}: [1] = 0.5\n  let h = h + shift${index}`,
    width,
  ],
  (_choices, width, index) => [
    `param gate${index}: [${width}, 1] = 0.5\n  let h = h * sigmoid(h @ gate${index})`,
    width,
  ],
  (_choices, width, index) => [
    `buffer seen${index}: float = 1\n  next seen${index} = 0.5 * seen${index} + mean(h)\n  let h = h * (1 + 0.1 * seen${index})`,
    width,
  ],
  (choices, width) => {
    const channels = choices.pick([1, 2, 3]);
    const [stride, pad] = [choices.pick([1, 2]), choices.pick([1, 2])];
    const length = Math.floor((width + 2 * pad - 3) / stride) + 1;
    return [
      `let h = reshape(h, [B, ${width}, 1]) -> Conv1d(${channels}, 3, stride = ${stride}, pad = ${pad}) -> flatten`,
      length * channels,
    ];
  },
  (_choices, width) => [
    `let h = concat(h, sum(h, over = 1, keepdim = true), tanh(h))`,
    2 * width + 1,
  ],
];

const optimizers: readonly string[] = [
  "Sgd(lr = 0.1)",
  "Sgd(lr = 0.1, momentum = 0.9, decay = 0.01)",
  "Sgd(lr = 0.1, momentum = 0.9, nesterov = true)",
  "Adam(lr = 0.01, eps = 1e-3)",
  "Adam(lr = 0.01, eps = 1e-3, amsgrad = true)",
  "AdamW(lr = 0.01, eps = 1e-3, decay = 0.1)",
  "RmsProp(lr = 0.01, eps = 1e-3)",
  "RmsProp(lr = 0.01, eps = 1e-3, momentum = 0.9, centered = true)",
  "Adagrad(lr = 0.05, eps = 1e-3)",
  "Adam(lr = linear(0.01, from = 0.1, total = 10), eps = 1e-3)",
];

export const randomRecipe = (seed: number): RandomRecipe => {
  const choices = createChoices(seed);
  const features = choices.pick([3, 5, 7]);
  const classes = choices.pick([2, 3]);
  const rows = choices.pick([2, 3, 4, 7, 9]);
  let width = features;
  const body: string[] = [];
  const count = 2 + choices.below(6);
  for (let index = 0; index < count; index++) {
    const [text, after] = choices.pick(pieces)(choices, width, index);
    body.push(text);
    width = after;
  }
  const optimizer = choices.pick(optimizers);
  const clip = choices.pick(["", "", " clip 0.5", " clip 100.0"]);
  const accumulate = choices.pick([1, 1, 2, 3]);
  const groups = choices.below(3) === 0;
  const targets = groups
    ? `over net.first using ${choices.pick(optimizers)} over net.last using ${optimizer}${clip}`
    : `using ${optimizer}${clip}`;
  const settings = [
    ...(choices.below(2) === 0 ? [`batch: ${rows}`] : []),
    ...(accumulate > 1 ? [`accumulate: ${accumulate}`] : []),
  ];
  const text = `model Net(x: [B, ${features}]) -> [B, ${classes}] {
  let first = Dense(${features})
  let last = Dense(${classes})
  let h = x -> first
  ${body.join("\n  ")}
  return h -> last
}

train Fit {
  data x: [B, ${features}], label: int[B]
  let net = Net()
  let logits = net(x)
  let loss = mean(cross_entropy(logits, label))
  minimize loss ${targets}
  metric error = mean(argmax(logits) != label)
  ${settings.join("\n  ")}
}
`;
  return { text, features, classes, rows, executions: 3 * accumulate };
};
