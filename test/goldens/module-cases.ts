// The modules of the reference numbers in .dlm, trained for one step that shows their outputs and gradients.

import { range } from "./expressions/sample.ts";

/** A weight in .dlm and where it is in PyTorch's: rows `[from, to)` of the tensor, then its axes in the order `layout`. */
export type Place = {
  readonly path: string;
  readonly golden: string;
  readonly layout?: readonly number[];
  readonly rows?: readonly [number, number];
  /** Another tensor added to the first rows of its initial value: PyTorch has two biases where there is one here. */
  readonly plus?: { readonly golden: string; readonly rows: readonly [number, number] };
};
export type ModuleCase = {
  readonly name: string;
  /** Statements that build the layers. */
  readonly layers: readonly string[];
  readonly statements?: readonly string[];
  /** The result, in PyTorch's layout, over `x0`, `x1`, …. */
  readonly result: string;
  /** The result is all outputs side by side, one row for each example. */
  readonly joined?: boolean;
  readonly params: readonly Place[];
  /** Buffers after the step. */
  readonly buffers?: readonly Place[];
  /** Whether the numbers are those of evaluation, with running statistics. */
  readonly evaluates?: boolean;
};

const transposed = [1, 0];
const kernel2d = [2, 3, 1, 0];
const last = (e: string) => `permute(${e}, [0, 2, 3, 1])`;
const first = (e: string) => `permute(${e}, [0, 3, 1, 2])`;
const image = (layer: string) => first(`${layer}(${last("x0")})`);

const dense = (path: string, golden: string): Place[] => [
  { path: `${path}.W`, golden: `${golden}.weight`, layout: transposed },
  { path: `${path}.b`, golden: `${golden}.bias` },
];
const conv = (path: string, golden: string, bias = true): Place[] => [
  { path: `${path}.K`, golden: `${golden}.weight`, layout: kernel2d },
  ...(bias ? [{ path: `${path}.b`, golden: `${golden}.bias` }] : []),
];
const scale = (path: string, golden: string): Place[] => [
  { path: `${path}.gamma`, golden: `${golden}weight` },
  { path: `${path}.beta`, golden: `${golden}bias` },
];
const statistics = (path: string, golden: string): Place[] => [
  { path: `${path}.running_mean`, golden: `${golden}running_mean` },
  { path: `${path}.running_var`, golden: `${golden}running_var` },
];

/** PyTorch keeps the three projections of width E in one tensor. */
const attention = (path: string, golden: string, width = 8): Place[] => [
  ...["query", "key", "value"].flatMap((name, i): Place[] => [
    {
      path: `${path}${name}.W`,
      golden: `${golden}in_proj_weight`,
      rows: [i * width, (i + 1) * width],
      layout: transposed,
    },
    {
      path: `${path}${name}.b`,
      golden: `${golden}in_proj_bias`,
      rows: [i * width, (i + 1) * width],
    },
  ]),
  ...dense(`${path}out`, `${golden}out_proj`),
];

const batchNorm = (name: string, options: string, images: boolean, places: Places): ModuleCase[] =>
  (["train", "eval"] as const).map((mode) => ({
    name: `${name}_${mode}`,
    layers: [`let norm = BatchNorm(${options})`],
    result: images ? image("norm") : "norm(x0)",
    params: places.affine ? scale("norm", "") : [],
    buffers: places.track ? statistics("norm", "") : [],
    evaluates: mode === "eval",
  }));
type Places = { readonly affine: boolean; readonly track: boolean };
const both = { affine: true, track: true };

const encoder = (pre: boolean, act: string): ModuleCase => ({
  name: `encoder_${pre ? "pre" : "post"}_${act}`,
  layers: [`let layer = EncoderLayer(2, 16, act = ${act}, dropout = 0.0, pre = ${pre})`],
  result: "layer(x0)",
  params: [
    ...attention("layer.attend.", "self_attn."),
    ...dense("layer.feed.Dense_0", "linear1"),
    ...dense("layer.feed.Dense_1", "linear2"),
    ...scale("layer.norm1", "norm1."),
    ...scale("layer.norm2", "norm2."),
  ],
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
    params: attention("", "m."),
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
  params: range(0, 2).flatMap((i) => [
    ...conv(`conv${i}`, `${i}.a`, false),
    ...scale(`norm${i}`, `${i}.b.`),
  ]),
  buffers: range(0, 2).flatMap((i) => statistics(`norm${i}`, `${i}.b.`)),
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
  params: [
    ...conv("conv0", "0"),
    ...scale("norm", "1."),
    ...conv("conv1", "4"),
    ...dense("dense", "8"),
  ],
  buffers: statistics("norm", "1."),
};

const units = 7;
type Recurrent = {
  readonly name: string;
  readonly cell: "rnn" | "lstm" | "gru";
  readonly options?: string;
  readonly layers?: number;
  readonly bidirectional?: boolean;
};

/** Weights of one direction of one layer: `suffix` is PyTorch's, `_l0_reverse`. */
const recurrentPlaces = (path: string, suffix: string, { cell, name }: Recurrent): Place[] => {
  const gates = { rnn: 1, lstm: 4, gru: 3 }[cell] * units;
  const shared = cell === "gru" ? 2 * units : gates;
  const plus = { golden: `bias_hh${suffix}`, rows: [0, shared] as const };
  return [
    { path: `${path}.Wx`, golden: `weight_ih${suffix}`, layout: transposed },
    { path: `${path}.Wh`, golden: `weight_hh${suffix}`, layout: transposed },
    { path: `${path}.b`, golden: `bias_ih${suffix}`, plus },
    ...(cell === "gru"
      ? [{ path: `${path}.bn`, golden: `bias_hh${suffix}`, rows: [shared, gates] as const }]
      : []),
    ...(name === "lstm_proj"
      ? [{ path: `${path}.Wr`, golden: `weight_hr${suffix}`, layout: transposed }]
      : []),
  ];
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
    params: each.flatMap(({ id, layer, direction }) =>
      recurrentPlaces(id, `_l${layer}${direction === "r" ? "_reverse" : ""}`, one),
    ),
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
  ...batchNorm("bn1d", "", false, both),
  ...batchNorm("bn2d", "", true, both),
  ...batchNorm("bn2d_cma", "cumulative = true", true, both),
  ...batchNorm("bn2d_noaffine", "affine = false", true, { affine: false, track: true }),
  ...batchNorm("bn2d_nostats", "track = false", true, { affine: true, track: false }),
  {
    name: "layernorm",
    layers: ["let norm = LayerNorm()"],
    result: "norm(x0)",
    params: scale("norm", ""),
  },
  {
    name: "groupnorm",
    layers: ["let norm = GroupNorm(2)"],
    result: image("norm"),
    params: scale("norm", ""),
  },
  {
    name: "instancenorm",
    layers: ["let norm = InstanceNorm(affine = true)"],
    result: image("norm"),
    params: scale("norm", ""),
  },
  {
    name: "convT",
    layers: ["let conv = ConvT(4, 3, stride = 2, pad = 1, extra = 1)"],
    result: image("conv"),
    params: [
      { path: "conv.K", golden: "weight", layout: [2, 3, 0, 1] },
      { path: "conv.b", golden: "bias" },
    ],
  },
  {
    name: "depthwise_sep",
    layers: ["let depthwise = Conv(4, 3, pad = 1, groups = 4)", "let pointwise = Conv(8, 1)"],
    result: first(`(${last("x0")} -> depthwise -> pointwise -> relu)`),
    params: [...conv("depthwise", "0"), ...conv("pointwise", "1")],
  },
  {
    name: "embedding_padidx",
    layers: ["let table = Embedding(10, 4, padding = 0)", "let dense = Dense(3)"],
    result: "x0 -> table -> dense",
    params: [{ path: "table.W", golden: "0.weight" }, ...dense("dense", "1")],
  },
  {
    name: "tied_embedding",
    layers: ["param W: [9, 6] = 0"],
    result: "W[x0] @ transpose(W)",
    params: [{ path: "W", golden: "e.weight" }],
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
