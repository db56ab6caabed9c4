// Random graphs over the op records, small and ragged, with operands for them.

import { floorDiv } from "../../compiler/ir/dim.ts";
import type { Value } from "../../compiler/ir/graph.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import type { GraphBuilder } from "../../compiler/ops/builder.ts";
import { axesOf, broadcastTo, reduceSum } from "../../compiler/ops/compose.ts";
import type { OpName } from "../../compiler/ops/index.ts";
import { createStream } from "../ops/draw-sample.ts";

export type Pick = {
  readonly below: (n: number) => number;
  readonly of: <T>(items: readonly T[]) => T;
};

export const createPick = (seed: number): Pick => {
  const next = createStream(seed);
  const below = (n: number): number => Math.floor(next() * n);
  return { below, of: (items) => items[below(items.length)]! };
};

const shapeOf = (value: Value): readonly number[] => value.type.shape.map(Number);
const real = (shape: readonly number[]) => ({ dtype: "f32", shape }) as const;

const shuffled = (n: number, pick: Pick): readonly number[] => {
  const left = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: n }, () => left.splice(pick.below(left.length), 1)[0]!);
};

/** Contraction of two values over axes of equal size: pairs of axes become one letter. */
const contractPair = (b: GraphBuilder, x: Value, y: Value, pick: Pick): Value | null => {
  const letters = "abcdefgh";
  const a = letters.slice(0, shapeOf(x).length);
  const used = new Set<string>();
  let fresh = a.length;
  const second = shapeOf(y).map((size) => {
    const match = [...a].find((l, axis) => shapeOf(x)[axis] === size && !used.has(l));
    if (match === undefined || pick.below(4) === 0) return letters[fresh++]!;
    used.add(match);
    return match;
  });
  const bLetters = second.join("");
  const out = [...new Set(a + bLetters)].filter(
    (l) => !(a.includes(l) && bLetters.includes(l)) || pick.below(2) === 0,
  );
  if (out.length > 4) return null;
  const mixed = shuffled(out.length, pick).map((i) => out[i]!);
  return b.op("contract", [x, y], { spec: `${a},${bLetters}->${mixed.join("")}` });
};

/** Sum over axes of a product of two broadcast values, as index notation gives it. */
const sumOfProduct = (b: GraphBuilder, x: Value, y: Value, pick: Pick): Value | null => {
  const [p, q] = [shapeOf(x), shapeOf(y)];
  if (p.length + q.length > 4) return null;
  const shape = [...p, ...q];
  const left = b.op("broadcast", [x], { shape, axes: q.map((_, i) => p.length + i) });
  const right = b.op("broadcast", [y], { shape, axes: axesOf(p) });
  const product = b.op("mul", [left, right]);
  return reduceSum(
    b,
    product,
    axesOf(shape).filter(() => pick.below(2) === 0),
  );
};

type Step = (b: GraphBuilder, x: Value, y: Value, pick: Pick) => Value | null;

const unary = ["tanh", "sigmoid", "neg", "sin", "cos", "atan", "stopGradient"] as const;
const binary = ["add", "sub", "mul"] as const;

const steps: readonly Step[] = [
  (b, x, _y, pick) => b.op(pick.of<OpName>(unary), [x]),
  (b, x, y, pick) =>
    shapeOf(x).join() === shapeOf(y).join() ? b.op(pick.of<OpName>(binary), [x, y]) : null,
  (b, x, y, pick) => {
    const [p, q] = [shapeOf(x), shapeOf(y)];
    const fits = p.length >= q.length && q.every((n, i) => [1, p.at(i - q.length)].includes(n));
    return fits ? b.op(pick.of<OpName>(binary), [x, broadcastTo(b, y, p)]) : null;
  },
  (b, x, _y, pick) => {
    const number = b.constant(pick.of([0, 1, 2, 3]), x.type);
    return b.op(pick.of<OpName>([...binary, "pow"]), [b.op("tanh", [x]), number]);
  },
  (b, x, y, pick) => {
    if (shapeOf(x).join() !== shapeOf(y).join()) return null;
    const c = b.op(pick.of<OpName>(["lt", "le"]), [x, b.constant(0.1, x.type)]);
    const condition = pick.below(2) === 0 ? c : b.op("not", [c]);
    return b.op("select", [condition, x, pick.below(2) === 0 ? y : b.constant(0, y.type)]);
  },
  (b, x, _y, pick) => b.op("transpose", [x], { perm: shuffled(shapeOf(x).length, pick) }),
  (b, x, _y, pick) => {
    const shape = [...shapeOf(x)];
    const at = pick.below(shape.length + 1);
    if (pick.below(2) === 0) return b.op("reshape", [x], { shape: shape.toSpliced(at, 0, 1) });
    return b.op("reshape", [x], { shape: [shape.reduce((n, size) => n * size, 1)] });
  },
  (b, x, _y, pick) => {
    const shape = shapeOf(x);
    const at = pick.below(shape.length + 1);
    if (shape.length > 3) return null;
    return b.op("broadcast", [x], {
      shape: shape.toSpliced(at, 0, pick.of([1, 2, 3])),
      axes: [at],
    });
  },
  (b, x, _y, pick) => {
    const axes = axesOf(shapeOf(x)).filter(() => pick.below(2) === 0);
    return axes.length === 0 ? null : reduceSum(b, x, axes);
  },
  (b, x, _y, pick) => {
    const shape = shapeOf(x);
    const step = shape.map(() => pick.of([1, 1, -1, 2]));
    const count = shape.map((n, i) => (step[i] === 2 ? Number(floorDiv(n + 1, 2)) : n));
    return b.op("slice", [x], {
      start: shape.map((n, i) => (step[i] === -1 ? n - 1 : 0)),
      count,
      step,
    });
  },
  (b, x, _y, pick) => {
    const shape = shapeOf(x);
    const each = (n: number) => shape.map(() => pick.below(n));
    return b.op("pad", [x], { lo: each(2), hi: each(2), interior: each(2), value: pick.below(2) });
  },
  (b, x, y) => {
    const same = shapeOf(x).slice(1).join() === shapeOf(y).slice(1).join();
    return same && shapeOf(x).length > 0 && shapeOf(x).length === shapeOf(y).length
      ? b.op("concat", [x, y], { axis: 0 })
      : null;
  },
  (b, x, _y, pick) => {
    const shape = shapeOf(x);
    if (shape.length === 0 || shape.length > 3) return null;
    const axis = pick.below(shape.length);
    const [size, stride, dilation] = [pick.of([1, 2, 3]), pick.of([1, 2, 3]), pick.of([1, 2])];
    const room = shape[axis]! - 1 - (size - 1) * dilation;
    if (room < 0) return null;
    return b.op("window", [x], {
      axis,
      count: Math.floor(room / stride) + 1,
      size,
      stride,
      dilation,
    });
  },
  (b, x, _y, pick) => {
    const shape = shapeOf(x);
    if (shape.length < 2) return null;
    const axis = pick.below(shape.length - 1);
    const [stride, dilation] = [pick.of([1, 2, 3]), pick.of([1, 2])];
    const reach = (shape[axis]! - 1) * stride + (shape[axis + 1]! - 1) * dilation;
    return b.op("fold", [x], { axis, extent: reach + 1 + pick.below(2), stride, dilation });
  },
  contractPair,
  contractPair,
  sumOfProduct,
  (b, x, _y, pick) => {
    const shape = shapeOf(x);
    if (shape.length === 0 || shape.length > 3) return null;
    const index = b.input("%", "i", { dtype: "i32", shape: [3] });
    const rows = b.op("gather", [x, index], { batch: 0 });
    if (pick.below(2) === 0) return rows;
    if (shape[0] === 3) {
      const picked = b.op("scatterAdd", [x, index], { batch: 1, extent: 4 });
      return pick.below(2) === 0 ? picked : reduceSum(b, picked, [1]);
    }
    return b.op("scatterAdd", [rows, index], { batch: 0, extent: 4 });
  },
  (b, x, _y, pick) => {
    const rank = shapeOf(x).length;
    if (rank === 0) return null;
    return b.op("cumSum", [x], {
      axis: pick.below(rank),
      reverse: pick.below(2) === 0,
      exclusive: pick.below(2) === 0,
    });
  },
];

/** A graph of about `length` ops: a scalar loss of everything it made, and its gradients as markers. */
export const randomGraph = (seed: number, length: number) => {
  const pick = createPick(seed);
  const b = createBuilder();
  const leaves = [[3, 5], [5], [2, 1, 3], [3]].map((shape, i) =>
    b.input("%", `x${i}`, real(shape)),
  );
  const index = b.input("%", "i", { dtype: "i32", shape: [3] });
  const values = [...leaves];
  while (values.length < length) {
    const made = pick.of(steps)(b, pick.of(values.slice(-6)), pick.of(values), pick);
    const count = made === null ? Infinity : shapeOf(made).reduce((n, size) => n * size, 1);
    if (made !== null && count <= 300 && shapeOf(made).length <= 5) values.push(made);
  }
  const total = [values.at(-1)!, pick.of(values), pick.of(values)]
    .map((value) => b.op("tanh", [value]))
    .map((value) => reduceSum(b, value, axesOf(value.type.shape)))
    .reduce((sum, value) => b.op("add", [sum, value]));
  const gradients = leaves.map((leaf) => b.op("grad", [total, leaf]));
  const inputs = [...leaves, index];
  return b.finish(`random${seed}`, [], inputs, [total, ...gradients]);
};
