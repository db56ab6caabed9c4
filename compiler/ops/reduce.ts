// Records of the ops that combine the elements along axes: sums, products, maxima and their positions.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Attrs, Value } from "../ir/graph.ts";
import type { DType, TensorType } from "../ir/type.ts";
import { printType } from "../ir/type.ts";
import { axis as axisVar, over, reduce } from "../kernel/build.ts";
import type { Expr, ReduceOp } from "../kernel/expr.ts";
import { numbersAttr } from "./attrs.ts";
import { broadcastAlong, positionsOver } from "./compose.ts";
import type { Meaning, OpDef, Sample, SampleOperand } from "./define.ts";
import { underMask } from "./mask.ts";

const withoutAxes = (type: TensorType, attrs: Attrs, dtypes: readonly DType[]): TensorType => {
  const axes = numbersAttr(attrs, "axes");
  const ascending = axes.every(
    (a, i) => Number.isInteger(a) && a > (axes[i - 1] ?? -1) && a < type.shape.length,
  );
  if (!ascending || !dtypes.includes(type.dtype))
    throw new CompilerBug(`cannot reduce ${printType(type)} over axes [${axes.join(", ")}]`);
  return { dtype: type.dtype, shape: type.shape.filter((_, i) => !axes.includes(i)) };
};

/** Loops over `axes` of the operand around its element; the other axes take the result's index. */
const reduceMeaning = (op: ReduceOp, type: TensorType, attrs: Attrs): Meaning => ({
  kind: "expr",
  at: ([x], index, fresh) => {
    const axes = numbersAttr(attrs, "axes");
    if (axes.length === 0 && op !== "argmax") return x!.at(index);
    const loops = axes.map((a) => over(fresh("r"), type.shape[a]!));
    const outer = index.values();
    const full = type.shape.map((_, a): Expr => {
      const loop = axes.indexOf(a);
      return loop < 0 ? outer.next().value! : axisVar(loops[loop]!.name);
    });
    return reduce(op, loops, x!.at(full));
  },
});

const samplesOf = (operand: Omit<SampleOperand, "shape"> = {}): readonly Sample[] => [
  { operands: [{ ...operand, shape: [3, 5] }], attrs: { axes: [1] } },
  { operands: [{ ...operand, shape: [2, 7, 3] }], attrs: { axes: [0, 2] } },
  { operands: [{ ...operand, shape: [1] }], attrs: { axes: [0] } },
  { operands: [{ ...operand, shape: [5, 1, 2] }], attrs: { axes: [0] } },
];

/** Cotangent of the result, repeated along the axes that were reduced. */
const alongAxes = (b: Parameters<typeof broadcastAlong>[0], ct: Value, x: Value, attrs: Attrs) =>
  broadcastAlong(b, ct, x.type.shape, numbersAttr(attrs, "axes"));

export const reduceSum: OpDef = {
  doc: "Sum over {axes}, which go.",
  arity: 1,
  infer: ([x], attrs) => [withoutAxes(x!, attrs, ["f32", "i32"])],
  meaning: ([x], attrs) => reduceMeaning("add", x!, attrs),
  vjp: (b, ct, [x], _y, attrs) => [alongAxes(b, ct, x!, attrs)],
  samples: samplesOf(),
};

export const reduceMax: OpDef = {
  doc: "Largest element over {axes}, NaN if there is one; on bool whether any holds. The first maximum gets the gradient.",
  arity: 1,
  infer: ([x], attrs) => [withoutAxes(x!, attrs, ["f32", "i32", "bool"])],
  meaning: ([x], attrs) => reduceMeaning("max", x!, attrs),
  vjp: (b, ct, [x], _y, attrs) => {
    const axes = numbersAttr(attrs, "axes");
    const first = alongAxes(b, b.op("argMax", [x!], attrs), x!, attrs);
    const here = b.op("eq", [positionsOver(b, x!.type.shape, axes), first]);
    return [b.op("select", [here, alongAxes(b, ct, x!, attrs), b.constant(0, x!.type)])];
  },
  samples: samplesOf(),
};

export const reduceProd: OpDef = {
  doc: "Product over {axes}.",
  arity: 1,
  infer: ([x], attrs) => [withoutAxes(x!, attrs, ["f32", "i32"])],
  meaning: ([x], attrs) => reduceMeaning("mul", x!, attrs),
  vjp: (b, ct, [x], _y, attrs) => {
    // The slope of a factor is the product of the others: of those that are not 0, by division, times the product of the
    // zeros among them, written such that its own slope is right: 1 for none, itself for one; of two it is 0 as well.
    const along = (value: Value): Value => alongAxes(b, value, x!, attrs);
    const [zero, one] = [b.constant(0, x!.type), b.constant(1, x!.type)];
    const isZero = b.op("eq", [x!, zero]);
    const factor = b.op("select", [isZero, one, x!]);
    const others = b.op("div", [along(b.op("reduceProd", [factor], attrs)), factor]);
    const amongOthers = (value: Value): Value =>
      b.op("sub", [along(b.op("reduceSum", [value], attrs)), value]);
    const zeros = amongOthers(b.op("cast", [isZero], { dtype: "i32" }));
    const has = (n: number): Value => b.op("eq", [zeros, b.constant(n, zeros.type)]);
    const only = amongOthers(b.op("select", [isZero, x!, zero]));
    const ofZeros = b.op("select", [has(0), one, b.op("select", [has(1), only, zero])]);
    const slope = b.op("mul", [others, ofZeros]);
    return underMask(b, along(ct), (live) => [b.op("mul", [live, slope])]);
  },
  samples: samplesOf({ range: [0.5, 2] }),
};

export const argMax: OpDef = {
  doc: "Row-major position over {axes} of the first maximum, NaN counting as the greatest.",
  arity: 1,
  infer: ([x], attrs) => [{ dtype: "i32", shape: withoutAxes(x!, attrs, ["f32", "i32"]).shape }],
  meaning: ([x], attrs) => reduceMeaning("argmax", x!, attrs),
  vjp: { flat: "a position has no gradient" },
  samples: samplesOf(),
};
