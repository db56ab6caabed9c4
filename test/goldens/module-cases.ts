// The modules of the reference numbers in .dlm, trained for one step that shows their outputs and gradients.

import { range } from "./expressions/sample.ts";

/** A weight in .dlm and where it is in PyTorch's: rows `[from, to)` of the tensor, then its axes in the order `layout`. */
export type Place = {
  readonly path: string;
  readonly golden: string;
  readonly layout?: readonly number[];
  readonly rows?: readonly [number, number];
};
export type ModuleCase = {
  readonly name: string;
  /** Statements that build the layers. */
  readonly layers: readonly string[];
  readonly statements?: readonly string[];
  /** The result, in PyTorch's layout, over `x0`, `x1`, …. */
  readonly result: string;
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
  ...["mha", "mha_causal", "mha_cross"].map(separate),
  encoder(false, "relu"),
  encoder(false, "gelu"),
  encoder(true, "relu"),
  encoder(true, "gelu"),
  residual,
  cnn,
];
