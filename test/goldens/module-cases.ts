// The modules of the reference numbers in .dlm, trained for one step that shows their outputs and gradients.

import type { NameMap } from "../../compiler/backends/pytorch/correspondence.ts";
import { range } from "./expressions/sample.ts";

export type ModuleCase = {
  readonly name: string;
  /** Statements that build the layers. */
  readonly layers: readonly string[];
  readonly statements?: readonly string[];
  /** The result, in PyTorch's layout, over `x0`, `x1`, …. */
  readonly result: string;
  /** The result is all outputs side by side, one row for each example. */
  readonly joined?: boolean;
  /** PyTorch's modules and the layers they are here. */
  readonly names: NameMap;
  /** Whether the numbers are those of evaluation, with running statistics. */
  readonly evaluates?: boolean;
};

const last = (e: string) => `permute(${e}, [0, 2, 3, 1])`;
const first = (e: string) => `permute(${e}, [0, 3, 1, 2])`;
const image = (layer: string) => first(`${layer}(${last("x0")})`);

const batchNorm = (name: string, options: string, images: boolean): ModuleCase[] =>
  (["train", "eval"] as const).map((mode) => ({
    name: `${name}_${mode}`,
    layers: [`let norm = BatchNorm(${options})`],
    result: images ? image("norm") : "norm(x0)",
    names: { "": "norm" },
    evaluates: mode === "eval",
  }));

const encoder = (pre: boolean, act: string): ModuleCase => ({
  name: `encoder_${pre ? "pre" : "post"}_${act}`,
  layers: [`let layer = EncoderLayer(2, 16, act = ${act}, dropout = 0.0, pre = ${pre})`],
  result: "layer(x0)",
  names: { "": "layer" },
});

/** Query, key and value of their own, which the library's block does not take: its parts put together. */
const separate = (name: string): ModuleCase => {
  const split = (layer: string, x: string) =>
    `permute(reshape(${x} -> ${layer}, [2, size(${x}, 1), 2, 4]), [0, 2, 1, 3])`;
  return {
    name,
    layers: ["query", "key", "value", "out"].map((layer) => `let ${layer} = Dense(8)`),
    statements: [
      `let q = ${split("query", "x0")}`,
      `let k = ${split("key", "x1")}`,
      `let v = ${split("value", "x2")}`,
      `let y = attention(q, k, v, causal = ${name === "mha_causal"})`,
    ],
    result: "permute(y, [0, 2, 1, 3]) -> reshape([2, 5, 8]) -> out",
    names: {
      ...Object.fromEntries(
        ["query", "key", "value"].flatMap((layer, i) => [
          [`m.in_proj_weight.part(${i}, 3).T`, `${layer}.W`],
          [`m.in_proj_bias.part(${i}, 3)`, `${layer}.b`],
        ]),
      ),
      "m.out_proj": "out",
    },
  };
};

const residual: ModuleCase = {
  name: "residual",
  layers: range(0, 2).flatMap((i) => [
    `let conv${i} = Conv(4, 3, pad = 1, bias = false)`,
    `let norm${i} = BatchNorm()`,
  ]),
  statements: [
    `let a = ${last("x0")}`,
    "let b = relu(a + (a -> conv0 -> norm0))",
    "let c = relu(b + (b -> conv1 -> norm1))",
  ],
  result: first("c"),
  names: Object.fromEntries(
    range(0, 2).flatMap((i) => [
      [`${i}.a`, `conv${i}`],
      [`${i}.b`, `norm${i}`],
    ]),
  ),
};

const cnn: ModuleCase = {
  name: "cnn",
  layers: [
    "let conv0 = Conv(4, 3, pad = 1)",
    "let norm = BatchNorm()",
    "let conv1 = Conv(6, 3, groups = 2)",
    "let dense = Dense(3)",
  ],
  result: `${last("x0")} -> conv0 -> norm -> relu -> max_pool(2) -> conv1 -> gelu -> global_avg_pool -> dense`,
  names: { "0": "conv0", "1": "norm", "4": "conv1", "8": "dense" },
};

const units = 7;
type Recurrent = {
  readonly name: string;
  readonly cell: "rnn" | "lstm" | "gru";
  readonly options?: string;
  readonly layers?: number;
  readonly bidirectional?: boolean;
};

/** Every layer in one scan for each direction; the results are the sequence, then the last states. */
const recurrent = (one: Recurrent): ModuleCase => {
  const { cell, options = "", layers = 1, bidirectional = false } = one;
  const kind = { rnn: "SimpleRnn", lstm: "LstmState", gru: "Gru" }[cell];
  const directions = bidirectional ? ["f", "r"] : ["f"];
  const each = range(0, layers).flatMap((layer) =>
    directions.map((direction) => ({ layer, direction, id: `${direction}${layer}` })),
  );
  const states = cell === "lstm" ? ["h", "c"] : ["h"];
  const statements = range(0, layers).flatMap((layer) => [
    ...directions.map((direction) => {
      const names = states.map((state) => `${state}${direction}${layer}`).join(", ");
      const reverse = direction === "r" ? " reverse" : "";
      return `let ${names} = y${layer} -> scan T${reverse} { ${direction}${layer} }`;
    }),
    `let y${layer + 1} = concat(${directions.map((d) => `h${d}${layer}`).join(", ")})`,
  ]);
  const end = ({ id, direction }: { id: string; direction: string }, state: string) =>
    direction === "r" ? `${state}${id}[:, 0]` : `last(${state}${id}, T)`;
  const flat = (e: string) => `reshape(${e}, [3, -1])`;
  const results = [
    `y${layers}`,
    ...states.flatMap((state) => each.map((part) => end(part, state))),
  ];
  return {
    name: one.name,
    layers: each.map(({ id }) => `let ${id} = ${kind}(${units}${options})`),
    statements: ["let T = 6", "let y0 = x0", ...statements],
    result: `concat(${results.map(flat).join(", ")})`,
    joined: true,
    names: { "": each.map(({ id }) => id) },
  };
};

const stacks = (name: string, cell: Recurrent["cell"]): ModuleCase[] =>
  [false, true].flatMap((bidirectional) =>
    [1, 2].map((layers) =>
      recurrent({
        name: `${name}_${bidirectional ? "bi_" : ""}l${layers}`,
        cell,
        layers,
        bidirectional,
      }),
    ),
  );

export const moduleCases: readonly ModuleCase[] = [
  ...batchNorm("bn1d", "", false),
  ...batchNorm("bn2d", "", true),
  ...batchNorm("bn2d_cma", "cumulative = true", true),
  ...batchNorm("bn2d_noaffine", "affine = false", true),
  ...batchNorm("bn2d_nostats", "track = false", true),
  {
    name: "layernorm",
    layers: ["let norm = LayerNorm()"],
    result: "norm(x0)",
    names: { "": "norm" },
  },
  {
    name: "groupnorm",
    layers: ["let norm = GroupNorm(2)"],
    result: image("norm"),
    names: { "": "norm" },
  },
  {
    name: "instancenorm",
    layers: ["let norm = InstanceNorm(affine = true)"],
    result: image("norm"),
    names: { "": "norm" },
  },
  {
    name: "convT",
    layers: ["let conv = ConvT(4, 3, stride = 2, pad = 1, extra = 1)"],
    result: image("conv"),
    names: { "": "conv" },
  },
  {
    name: "depthwise_sep",
    layers: ["let depthwise = Conv(4, 3, pad = 1, groups = 4)", "let pointwise = Conv(8, 1)"],
    result: first(`(${last("x0")} -> depthwise -> pointwise -> relu)`),
    names: { "0": "depthwise", "1": "pointwise" },
  },
  {
    name: "embedding_padidx",
    layers: ["let table = Embedding(10, 4, padding = 0)", "let dense = Dense(3)"],
    result: "x0 -> table -> dense",
    names: { "0": "table", "1": "dense" },
  },
  {
    name: "tied_embedding",
    layers: ["param W: [9, 6] = 0"],
    result: "W[x0] @ transpose(W)",
    names: { "e.weight": "W" },
  },
  ...stacks("rnn_tanh", "rnn"),
  recurrent({ name: "rnn_relu", cell: "rnn", options: ", act = relu" }),
  ...stacks("lstm", "lstm"),
  recurrent({ name: "lstm_proj", cell: "lstm", options: ", proj = 4" }),
  ...stacks("gru", "gru"),
  ...["mha", "mha_causal", "mha_cross"].map(separate),
  encoder(false, "relu"),
  encoder(false, "gelu"),
  encoder(true, "relu"),
  encoder(true, "gelu"),
  residual,
  cnn,
];
