// Records of the ops that only rename or join axes: reshape, transpose, broadcast, concat.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import * as dim from "../ir/dim.ts";
import { equalShapes, printType } from "../ir/type.ts";
import { ltI, select, size, subI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { dimsAttr, numberAttr, numbersAttr } from "./attrs.ts";
import { reduceSum } from "./compose.ts";
import type { OpDef } from "./define.ts";
import { reshapeIndex } from "./index-math.ts";
import { maskOf, viewUnderMask } from "./mask.ts";

export const reshape: OpDef = {
  doc: "The same elements in row-major order under another {shape}.",
  arity: 1,
  infer: ([x], attrs) => {
    const shape = dimsAttr(attrs, "shape");
    if (!dim.equalDims(dim.product(x!.shape), dim.product(shape)))
      throw new CompilerBug(`cannot reshape ${printType(x!)} to ${printType({ ...x!, shape })}`);
    return [{ dtype: x!.dtype, shape }];
  },
  meaning: ([type], attrs) => ({
    kind: "expr",
    at: ([x], index) => x!.at(reshapeIndex(index, dimsAttr(attrs, "shape"), type!.shape)),
  }),
  vjp: (b, ct, [x]) => [
    viewUnderMask(b, ct, (value) => b.op("reshape", [value], { shape: x!.type.shape })),
  ],
  samples: [
    { operands: [{ shape: [3, 10] }], attrs: { shape: [3, 2, 5] } },
    { operands: [{ shape: [2, 1, 6] }], attrs: { shape: [3, 4] } },
    { operands: [{ shape: [1] }], attrs: { shape: [] } },
    { operands: [{ shape: [7] }], attrs: { shape: [1, 7, 1] } },
  ],
};

const inversePermutation = (perm: readonly number[]): readonly number[] =>
  perm.map((_, axis) => perm.indexOf(axis));

export const transpose: OpDef = {
  doc: "Axes in another order: axis i of the result is axis {perm}[i] of the operand.",
  arity: 1,
  infer: ([x], attrs) => {
    const perm = numbersAttr(attrs, "perm");
    if (perm.length !== x!.shape.length || inversePermutation(perm).includes(-1))
      throw new CompilerBug(`[${perm.join(", ")}] does not permute the axes of ${printType(x!)}`);
    return [{ dtype: x!.dtype, shape: perm.map((axis) => x!.shape[axis]!) }];
  },
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: ([x], index) =>
      x!.at(inversePermutation(numbersAttr(attrs, "perm")).map((axis) => index[axis]!)),
  }),
  vjp: (b, ct, _operands, _y, attrs) => {
    const perm = inversePermutation(numbersAttr(attrs, "perm"));
    return [viewUnderMask(b, ct, (value) => b.op("transpose", [value], { perm }))];
  },
  samples: [
    { operands: [{ shape: [3, 5] }], attrs: { perm: [1, 0] } },
    { operands: [{ shape: [2, 3, 7] }], attrs: { perm: [2, 0, 1] } },
    { operands: [{ shape: [1, 5, 1, 2] }], attrs: { perm: [3, 1, 0, 2] } },
  ],
};

export const broadcast: OpDef = {
  doc: "Repeats the operand along new axes: {axes} are their positions in the result {shape}.",
  arity: 1,
  infer: ([x], attrs) => {
    const [shape, axes] = [dimsAttr(attrs, "shape"), numbersAttr(attrs, "axes")];
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    if (!equalShapes(kept, x!.shape) || kept.length + axes.length !== shape.length)
      throw new CompilerBug(`cannot broadcast ${printType(x!)} to ${printType({ ...x!, shape })}`);
    return [{ dtype: x!.dtype, shape }];
  },
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: ([x], index) => {
      const axes = numbersAttr(attrs, "axes");
      return x!.at(index.filter((_, axis) => !axes.includes(axis)));
    },
  }),
  vjp: (b, ct, _operands, _y, attrs) => {
    const axes = numbersAttr(attrs, "axes");
    // A mask that is itself repeated along the same axes stays a mask of the sum.
    const mask = maskOf(ct);
    const from = mask?.condition.def.kind === "result" ? mask.condition.def.op : null;
    if (mask === null || from?.name !== "broadcast") return [reduceSum(b, ct, axes)];
    if (numbersAttr(from.attrs, "axes").join() !== axes.join()) return [reduceSum(b, ct, axes)];
    const live = reduceSum(b, mask.live, axes);
    const zero = b.constant(0, live.type);
    const sides = mask.on ? [live, zero] : [zero, live];
    return [b.op("select", [from.operands[0]!, ...sides])];
  },
  samples: [
    { operands: [{ shape: [5] }], attrs: { shape: [3, 5], axes: [0] } },
    { operands: [{ shape: [] }], attrs: { shape: [2, 1, 7], axes: [0, 1, 2] } },
    { operands: [{ shape: [3, 2] }], attrs: { shape: [3, 7, 2], axes: [1] } },
  ],
};

export const concat: OpDef = {
  doc: "The operands one after another along {axis}.",
  arity: "many",
  infer: (operands, attrs) => {
    const along = numberAttr(attrs, "axis");
    const first = operands[0];
    const agree = operands.every(
      (type) =>
        type.dtype === first!.dtype &&
        type.shape.length === first!.shape.length &&
        type.shape.every((d, axis) => axis === along || dim.equalDims(d, first!.shape[axis]!)),
    );
    if (first === undefined || !agree || !(along in first.shape))
      throw new CompilerBug(
        `concat over axis ${along} cannot take (${operands.map(printType).join(", ")})`,
      );
    const total = operands.map((type) => type.shape[along]!).reduce(dim.add);
    return [{ dtype: first.dtype, shape: first.shape.with(along, total) }];
  },
  meaning: (types, attrs) => ({
    kind: "expr",
    at: (operands, index) => {
      const along = numberAttr(attrs, "axis");
      const part = (k: number, before: Dim): Expr => {
        const own = operands[k]!.at(index.with(along, subI(index[along]!, size(before))));
        if (k === operands.length - 1) return own;
        const end = dim.add(before, types[k]!.shape[along]!);
        return select(ltI(index[along]!, size(end)), own, part(k + 1, end));
      };
      return part(0, 0);
    },
  }),
  vjp: (b, ct, operands, _y, attrs) => {
    const along = numberAttr(attrs, "axis");
    let before: Dim = 0;
    return operands.map((operand) => {
      const count = operand.type.shape;
      const start = count.map((_, axis) => (axis === along ? before : 0));
      before = dim.add(before, count[along]!);
      return viewUnderMask(b, ct, (value) =>
        b.op("slice", [value], { start, count, step: count.map(() => 1) }),
      );
    });
  },
  samples: [
    { operands: [{ shape: [3, 5] }, { shape: [3, 2] }], attrs: { axis: 1 } },
    { operands: [{ shape: [1] }, { shape: [7] }, { shape: [2] }], attrs: { axis: 0 } },
    { operands: [{ shape: [2, 1, 3] }, { shape: [2, 3, 3] }], attrs: { axis: 1 } },
  ],
};
