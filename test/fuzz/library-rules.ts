// Statements that use the library on images, sequences and shapes: tables of what is written and what comes out.

import { shapeText } from "./program.ts";
import type { Size, Slot } from "./program.ts";
import {
  define,
  extent,
  isFixed,
  isFloat,
  matrix,
  pickSlot,
  places,
  replaced,
  without,
} from "./rule.ts";
import type { Rule } from "./rule.ts";

type Bound = (bound: number) => number;
const same: Bound = (bound) => bound;
const wide =
  (factor: number): Bound =>
  (bound) =>
    factor * bound;
const fixed =
  (bound: number): Bound =>
  () =>
    bound;

/** Stages over `[N, H, W, 1]`: the sizes of H and W and the channels after them. */
type ImageStages = {
  readonly rule: string;
  readonly text: string;
  /** The least H and W. */
  readonly least: number;
  readonly side: (n: number) => number;
  readonly channels: number;
  readonly bound: Bound;
};
const imageStages: readonly ImageStages[] = [
  {
    rule: "conv_dilated",
    text: "Conv(2, 2, dilation = 2)",
    least: 3,
    side: (n) => places(n, 2, 1, 0, 2),
    channels: 2,
    bound: wide(8),
  },
  {
    rule: "conv_same",
    text: `Conv(3, 3, pad = "same")`,
    least: 2,
    side: (n) => n,
    channels: 3,
    bound: wide(8),
  },
  {
    rule: "conv_grouped",
    text: "Dense(4) -> Conv(6, 2, groups = 2, stride = 2, pad = 1)",
    least: 2,
    side: (n) => places(n, 2, 2, 1, 1),
    channels: 6,
    bound: wide(30),
  },
  {
    rule: "conv_depthwise",
    text: "Dense(3) -> DepthwiseConv(2, multiplier = 2)",
    least: 2,
    side: (n) => n - 1,
    channels: 6,
    bound: wide(20),
  },
  {
    rule: "conv_transposed",
    text: "ConvT(2, 3, stride = 2, pad = 1)",
    least: 2,
    side: (n) => 2 * n - 1,
    channels: 2,
    bound: wide(8),
  },
  {
    rule: "conv_transposed_grouped",
    text: "Dense(2) -> ConvT(4, 2, groups = 2, dilation = 2)",
    least: 1,
    side: (n) => n + 2,
    channels: 4,
    bound: wide(20),
  },
  {
    rule: "avg_pool2d",
    text: "avg_pool(2, stride = 1, pad = 1, count_pad = false)",
    least: 2,
    side: (n) => n + 1,
    channels: 1,
    bound: same,
  },
  {
    rule: "upsample",
    text: "upsample(2)",
    least: 1,
    side: (n) => 2 * n,
    channels: 1,
    bound: same,
  },
  {
    rule: "upsample_linear",
    text: `upsample(2, mode = "linear")`,
    least: 2,
    side: (n) => 2 * n,
    channels: 1,
    bound: same,
  },
  {
    rule: "adaptive_pool",
    text: "adaptive_avg_pool(2)",
    least: 3,
    side: () => 2,
    channels: 1,
    bound: same,
  },
  {
    rule: "pixel_shuffle",
    text: "Dense(4) -> pixel_shuffle(2)",
    least: 1,
    side: (n) => 2 * n,
    channels: 1,
    bound: wide(3),
  },
  {
    rule: "conv_norm_pool",
    text: "Conv(2, 2) -> BatchNorm(eps = 0.1) -> tanh -> avg_pool(2, stride = 1)",
    least: 3,
    side: (n) => n - 2,
    channels: 2,
    bound: fixed(1),
  },
];

const isImage =
  (least: number) =>
  (one: Slot): boolean =>
    isFloat(one) &&
    (one.shape.length === 2 || one.shape.length === 3) &&
    one.shape.slice(-2).every((n) => isFixed(n, least) && n <= 7);

const imageRule =
  ({ rule, text, least, side, channels, bound }: ImageStages): Rule =>
  (scene, name) => {
    const x = pickSlot(scene, isImage(least));
    if (x === null) return null;
    const [h, w] = x.shape.slice(-2).map(extent);
    const many = x.shape.length === 3 ? x.shape[0]! : 1;
    return define(name, {
      rule,
      text: `let ${name} = reshape(${x.name}, ${shapeText([many, h!, w!, 1])}) -> ${text}`,
      shape: [many, side(h!), side(w!), channels],
      bound: bound(x.bound),
      reads: [x],
    });
  };

/** The largest of each window: exact operands only. */
const maxPoolRule: Rule = (scene, name) => {
  const x = pickSlot(scene, (one) => isImage(3)(one) && one.exact);
  if (x === null) return null;
  const [h, w] = x.shape.slice(-2).map(extent);
  const many = x.shape.length === 3 ? x.shape[0]! : 1;
  return define(name, {
    rule: "max_pool2d",
    text: `let ${name} = reshape(${x.name}, ${shapeText([many, h!, w!, 1])}) -> max_pool(3, stride = 2, pad = 1)`,
    shape: [many, places(h!, 3, 2, 1, 1), places(w!, 3, 2, 1, 1), 1],
    exact: true,
    bound: x.bound,
    reads: [x],
  });
};

/** Stages over `[N, T, C]`, either of N and T open, and the size of the last axis after them (0: as before). */
type SequenceStages = {
  readonly rule: string;
  readonly text: string;
  readonly size: number;
  readonly bound: Bound;
};
const sequenceStages: readonly SequenceStages[] = [
  { rule: "causal_conv", text: "CausalConv(3, 2, dilation = 2)", size: 3, bound: wide(6) },
  { rule: "conv1d_same", text: `Conv1d(2, 3, pad = "same")`, size: 2, bound: wide(6) },
  { rule: "rms_norm", text: "RmsNorm(eps = 0.1)", size: 0, bound: fixed(4) },
  { rule: "group_norm", text: "Dense(4) -> GroupNorm(2, eps = 0.1)", size: 4, bound: fixed(6) },
  {
    rule: "instance_norm",
    text: "InstanceNorm(eps = 0.1, affine = true)",
    size: 0,
    bound: fixed(6),
  },
  { rule: "weight_norm", text: "WeightNorm(3)", size: 3, bound: wide(4) },
  { rule: "heads", text: "Dense(4) -> MultiHeadAttention(2)", size: 4, bound: wide(12) },
  {
    rule: "heads_causal",
    text: "Dense(4) -> MultiHeadAttention(2, causal = true)",
    size: 4,
    bound: wide(12),
  },
  {
    rule: "heads_grouped",
    text: "Dense(8) -> GroupedQueryAttention(4, 2)",
    size: 8,
    bound: wide(12),
  },
  {
    rule: "encoder",
    text: "Dense(4) -> EncoderLayer(2, 5, act = gelu, dropout = 0)",
    size: 4,
    bound: fixed(4),
  },
  { rule: "feed_forward", text: "FeedForward(5)", size: 0, bound: wide(9) },
  { rule: "two_dense", text: "Dense(5) -> gelu -> Dense(2)", size: 2, bound: wide(9) },
];

const isSequence = (one: Slot): boolean =>
  isFloat(one) && one.shape.length === 3 && isFixed(one.shape[2], 2);

const sequenceRule =
  ({ rule, text, size, bound }: SequenceStages): Rule =>
  (scene, name) => {
    const x = pickSlot(scene, isSequence);
    if (x === null) return null;
    return define(name, {
      rule,
      text: `let ${name} = ${x.name} -> ${text}`,
      shape: size === 0 ? x.shape : replaced(x.shape, 2, size),
      bound: bound(x.bound),
      reads: [x],
    });
  };

/** A table of positions with at least a row for each. */
const positionsRule: Rule = (scene, name) => {
  const x = pickSlot(scene, isSequence);
  if (x === null) return null;
  return define(name, {
    rule: "positions",
    text: `let ${name} = ${x.name} -> LearnedPositions(${Math.max(16, extent(x.shape[1]!))})`,
    shape: x.shape,
    bound: x.bound + 0.2,
    reads: [x],
  });
};

/** Functions of one value along an axis: what is written, the axis's size after it, and whether bits stay. */
type AxisFunction = {
  readonly rule: string;
  readonly text: (x: string, axis: number) => string;
  /** Null: the axis goes. */
  readonly size: (size: Size) => Size | null;
  /** The least size, for which it must be known; 0 where it may be open. */
  readonly least: number;
  readonly exact: boolean;
  readonly bound: Bound;
};
const keeps = (size: Size): Size => size;
const axisFunctions: readonly AxisFunction[] = [
  {
    rule: "roll",
    text: (x, axis) => `roll(${x}, 2, ${axis})`,
    size: keeps,
    least: 0,
    exact: true,
    bound: same,
  },
  {
    rule: "repeat_each",
    text: (x, axis) => `repeat_each(${x}, 2, ${axis})`,
    size: (size) => 2 * extent(size),
    least: 1,
    exact: true,
    bound: same,
  },
  {
    rule: "tile",
    text: (x, axis) => `tile_axis(${x}, 3, ${axis})`,
    size: (size) => 3 * extent(size),
    least: 1,
    exact: true,
    bound: same,
  },
  {
    rule: "last",
    text: (x, axis) => `last(${x}, ${axis})`,
    size: () => null,
    least: 0,
    exact: true,
    bound: same,
  },
  {
    rule: "narrow",
    text: (x, axis) => `narrow(${x}, ${axis}, 1, 2)`,
    size: () => 2,
    least: 3,
    exact: true,
    bound: same,
  },
  ...(["reflect", "replicate", "circular"] as const).map((mode): AxisFunction => ({
    rule: `pad_${mode}`,
    text: (x, axis) => `pad_axis(${x}, ${axis}, [2, 1], "${mode}")`,
    size: (size) => extent(size) + 3,
    least: 3,
    exact: true,
    bound: same,
  })),
  {
    rule: "std",
    text: (x, axis) => `sqrt(0.5 + var(${x}, over = ${axis}, correction = 0))`,
    size: () => null,
    least: 0,
    exact: false,
    bound: (bound) => 1 + bound,
  },
  {
    rule: "norm",
    text: (x, axis) => `norm(1.5 + ${x}^2, over = ${axis})`,
    size: () => null,
    least: 0,
    exact: false,
    bound: (bound) => 3 * (1.5 + bound * bound),
  },
  {
    rule: "normalize",
    text: (x, axis) => `normalize(1.5 + ${x}^2, over = ${axis})`,
    size: keeps,
    least: 0,
    exact: false,
    bound: fixed(1),
  },
  {
    rule: "softmin",
    text: (x, axis) => `softmin(${x}, over = ${axis})`,
    size: keeps,
    least: 0,
    exact: false,
    bound: fixed(1),
  },
];

const axisRule =
  ({ rule, text, size, least, exact, bound }: AxisFunction): Rule =>
  (scene, name) => {
    const fits = (one: Size): boolean => least === 0 || isFixed(one, least);
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.some(fits));
    if (x === null) return null;
    const axis = scene.choices.pick(x.shape.flatMap((one, a) => (fits(one) ? [a] : [])));
    const after = size(x.shape[axis]!);
    return define(name, {
      rule,
      text: `let ${name} = ${text(x.name, axis)}`,
      shape: after === null ? without(x.shape, axis) : replaced(x.shape, axis, after),
      exact: exact && x.exact,
      bound: bound(x.bound),
      reads: [x],
    });
  };

const pairRules: readonly Rule[] = [
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length === 3);
    const y =
      x &&
      pickSlot(
        scene,
        (one) =>
          isFloat(one) &&
          one.shape.length === 3 &&
          one.shape[0] === x.shape[0] &&
          one.shape[1] === x.shape[1],
      );
    if (x === null || y === null) return null;
    return define(name, {
      rule: "batched_product",
      text: `let ${name}[n, i, j] = sum[t](${x.name}[n, t, i] * ${y.name}[n, t, j])`,
      shape: [x.shape[0]!, x.shape[2]!, y.shape[2]!],
      bound: x.bound * y.bound * extent(x.shape[1]!),
      reads: [x, y],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length >= 1);
    const y =
      x && pickSlot(scene, (one) => isFloat(one) && shapeText(one.shape) === shapeText(x.shape));
    if (x === null || y === null) return null;
    return define(name, {
      rule: "stack",
      text: `let ${name} = stack(${x.name}, ${y.name})`,
      shape: [2, ...x.shape],
      exact: x.exact && y.exact,
      bound: Math.max(x.bound, y.bound),
      reads: [x, y],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length >= 1);
    const y =
      x && pickSlot(scene, (one) => isFloat(one) && shapeText(one.shape) === shapeText(x.shape));
    if (x === null || y === null) return null;
    return define(name, {
      rule: "cosine_similarity",
      text: `let ${name} = cosine_similarity(${x.name}, 1.5 + ${y.name}^2, eps = 0.01)`,
      shape: x.shape.slice(0, -1),
      bound: 1,
      reads: [x, y],
    });
  },
  (scene, name) => {
    const x = pickSlot(scene, (one) => isFloat(one) && one.shape.length === 2);
    if (x === null) return null;
    const [part, diagonal] = [scene.choices.pick(["tril", "triu"]), scene.choices.below(3) - 1];
    return define(name, {
      rule: part,
      text: `let ${name} = ${part}(${x.name}, ${diagonal})`,
      shape: x.shape,
      exact: x.exact,
      bound: x.bound,
      reads: [x],
    });
  },
  (scene, name) => {
    const x = pickSlot(
      scene,
      (one) => isFloat(one) && isFixed(one.shape.at(-1)) && extent(one.shape.at(-1)!) % 2 === 0,
    );
    if (x === null) return null;
    const gate = scene.choices.pick(["glu", "swiglu", "geglu"]);
    return define(name, {
      rule: gate,
      text: `let ${name} = ${gate}(${x.name})`,
      shape: replaced(x.shape, x.shape.length - 1, extent(x.shape.at(-1)!) / 2),
      bound: x.bound * Math.max(1, x.bound),
      reads: [x],
    });
  },
  (scene, name) => {
    const x = matrix(scene, 1);
    const y =
      x &&
      pickSlot(
        scene,
        (one) =>
          isFloat(one) &&
          one.shape.length === 2 &&
          one.shape[0] === x.shape[0] &&
          isFixed(one.shape[1]),
      );
    if (x === null || y === null) return null;
    return define(name, {
      rule: "bilinear",
      text: `let ${name} = Bilinear(3)(${x.name}, ${y.name})`,
      shape: [x.shape[0]!, 3],
      bound: x.bound * y.bound * 9,
      reads: [x, y],
    });
  },
];

export const libraryRules: readonly Rule[] = [
  ...imageStages.map(imageRule),
  maxPoolRule,
  ...sequenceStages.map(sequenceRule),
  positionsRule,
  ...axisFunctions.map(axisRule),
  ...pairRules,
];
