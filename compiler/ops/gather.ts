// Records of the ops that read or write at indices held in a tensor.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attrs } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { printType, equalShapes } from "../ir/type.ts";
import { axis, ifStmt, loops, num, over, select } from "../kernel/build.ts";
import type { Expr, ReduceAxis } from "../kernel/expr.ts";
import { dimAttr, numberAttr } from "./attrs.ts";
import type { FreshAxis, OpDef } from "./define.ts";
import { inside } from "./index-math.ts";

const refuse = (what: string, types: readonly TensorType[]): never => {
  throw new CompilerBug(`${what} cannot take (${types.map(printType).join(", ")})`);
};

/** Fresh loop variables, one per dim. */
const loopsOver = (shape: readonly Dim[], fresh: FreshAxis): readonly ReduceAxis[] =>
  shape.map((extent) => over(fresh("i"), extent));

export const gather: OpDef = {
  doc: "Slices of x [b.., N, r..] at the indices [b.., i..]: [b.., i.., r..]; an index outside 0..N-1 reads 0.",
  arity: 2,
  infer: (operands, attrs) => {
    const [x, index] = operands;
    const batch = numberAttr(attrs, "batch");
    const agree =
      index!.dtype === "i32" &&
      batch < x!.shape.length &&
      equalShapes(x!.shape.slice(0, batch), index!.shape.slice(0, batch));
    if (!agree) refuse("gather", operands);
    return [{ dtype: x!.dtype, shape: [...index!.shape, ...x!.shape.slice(batch + 1)] }];
  },
  meaning: ([type, indexType], attrs) => ({
    kind: "expr",
    at: ([x, indices], index) => {
      const batch = numberAttr(attrs, "batch");
      const rank = indexType!.shape.length;
      const row = indices!.at(index.slice(0, rank));
      const element = x!.at([...index.slice(0, batch), row, ...index.slice(rank)]);
      const guard = inside(row, type!.shape[batch]!);
      return select(guard, element, num(0, type!.dtype));
    },
  }),
  vjp: (b, ct, [x, indices], _y, attrs) => {
    const batch = numberAttr(attrs, "batch");
    const scatter = { batch, extent: x!.type.shape[batch]! };
    return [b.op("scatterAdd", [ct, indices!], scatter), null];
  },
  samples: [
    {
      operands: [{ shape: [5, 3] }, { shape: [7], dtype: "i32", range: [-1, 6] }],
      attrs: { batch: 0 },
    },
    {
      operands: [{ shape: [3, 5] }, { shape: [3], dtype: "i32", range: [0, 5] }],
      attrs: { batch: 1 },
    },
    {
      operands: [{ shape: [2, 7, 3] }, { shape: [2, 1, 5], dtype: "i32", range: [0, 7] }],
      attrs: { batch: 1 },
    },
  ],
};

/** Shapes of a scatter: batch axes, scattered index axes, row axes. */
const scatterShapes = (types: readonly TensorType[], attrs: Attrs) => {
  const [update, index] = types;
  const batch = numberAttr(attrs, "batch");
  return {
    batch: index!.shape.slice(0, batch),
    scattered: index!.shape.slice(batch),
    rows: update!.shape.slice(index!.shape.length),
  };
};

export const scatterAdd: OpDef = {
  doc: "Adjoint of gather: adds the slices of u [b.., i.., r..] at their indices into [b.., {extent}, r..]; outside is dropped.",
  arity: 2,
  infer: (operands, attrs) => {
    const [update, index] = operands;
    const { batch, rows } = scatterShapes(operands, attrs);
    const lead = update!.shape.slice(0, index!.shape.length);
    if (index!.dtype !== "i32" || update!.dtype === "bool" || !equalShapes(lead, index!.shape))
      refuse("scatterAdd", operands);
    return [{ dtype: update!.dtype, shape: [...batch, dimAttr(attrs, "extent"), ...rows] }];
  },
  meaning: (types, attrs) => ({
    kind: "body",
    build: ([update, indices], result, fresh) => {
      const { batch, scattered, rows } = scatterShapes(types, attrs);
      const extent = dimAttr(attrs, "extent");
      const vars = (loops: readonly { readonly name: string }[]): readonly Expr[] =>
        loops.map(({ name }) => axis(name));
      const clear = loopsOver(result.type.shape, fresh);
      const zero = num(0, result.type.dtype);
      const [outer, moved, inner] = [batch, scattered, rows].map((s) => loopsOver(s, fresh));
      const index = [...vars(outer!), ...vars(moved!)];
      const row = indices!.at(index);
      const place = [...vars(outer!), row, ...vars(inner!)];
      const add = ifStmt(inside(row, extent), [
        result.store(place, update!.at([...index, ...vars(inner!)]), "add"),
      ]);
      return [
        ...loops(clear, [result.store(vars(clear), zero)]),
        ...loops(outer!, loops(moved!, loops(inner!, [add]), "reduce")),
      ];
    },
  }),
  vjp: (b, ct, [, indices], _y, attrs) => [
    b.op("gather", [ct, indices!], { batch: attrs["batch"]! }),
    null,
  ],
  samples: [
    {
      operands: [{ shape: [7, 3] }, { shape: [7], dtype: "i32", range: [-1, 6] }],
      attrs: { batch: 0, extent: 5 },
    },
    {
      operands: [{ shape: [3] }, { shape: [3], dtype: "i32", range: [0, 5] }],
      attrs: { batch: 1, extent: 5 },
    },
    {
      operands: [{ shape: [2, 5, 1] }, { shape: [2, 5], dtype: "i32", range: [0, 3] }],
      attrs: { batch: 1, extent: 3 },
    },
  ],
};
