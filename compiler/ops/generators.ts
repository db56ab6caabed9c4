// Records of the ops that make values from nothing but sizes, constants and draw keys; free to recompute.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attr, Attrs } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import { printType } from "../ir/type.ts";
import { call, cast, int, ltI, num, select, size } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { dimAttr, dimsAttr, isDim, textAttr } from "./attrs.ts";
import type { OpDef } from "./define.ts";
import { flatten } from "./index-math.ts";
import { dtypeNamed } from "./scalar-op.ts";

export const iota: OpDef = {
  doc: "0, 1, … {extent} - 1 as i32.",
  arity: 0,
  infer: (_types, attrs) => [{ dtype: "i32", shape: [dimAttr(attrs, "extent")] }],
  meaning: () => ({ kind: "expr", at: (_operands, index) => index[0]! }),
  vjp: { flat: "it has no operand" },
  samples: [
    { operands: [], attrs: { extent: 5 } },
    { operands: [], attrs: { extent: 1 } },
    { operands: [], attrs: { extent: 7 } },
  ],
};

/** One number, or a size, as an element. */
const elementOf = (value: Attr, dtype: DType): Expr => {
  if (typeof value === "number") return num(value, dtype);
  if (!isDim(value)) throw new CompilerBug("a constant holds numbers and sizes");
  return dtype === "i32" ? size(value) : cast(dtype, size(value));
};

/** Numbers of a dense constant in row-major order, however its lists nest. */
const flattenDense = (value: Attr): readonly Attr[] =>
  typeof value === "object" && "length" in value ? value.flatMap(flattenDense) : [value];

/** Balanced selects, so that a table of n elements is read in log n comparisons. */
const pick = (table: readonly Attr[], position: Expr, dtype: DType, from = 0): Expr => {
  if (table.length === 1) return elementOf(table[0]!, dtype);
  const half = table.length >> 1;
  return select(
    ltI(position, int(from + half)),
    pick(table.slice(0, half), position, dtype, from),
    pick(table.slice(half), position, dtype, from + half),
  );
};

export const constant: OpDef = {
  doc: "A tensor of {shape} and {dtype} filled with one {value}, a number or a size, or listing its elements.",
  arity: 0,
  infer: (_types, attrs) => {
    const shape = dimsAttr(attrs, "shape");
    const value = attrs["value"];
    const type = { dtype: dtypeNamed(textAttr(attrs, "dtype")), shape };
    if (value === undefined) throw new CompilerBug("attribute 'value' is missing");
    if (isDim(value)) return [type];
    const count = shape.reduce<number>((n, d) => n * (typeof d === "number" ? d : NaN), 1);
    if (flattenDense(value).length !== count)
      throw new CompilerBug(
        `a dense constant of ${printType(type)} lists ${flattenDense(value).length} elements`,
      );
    return [type];
  },
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: (_operands, index) => {
      const dtype = dtypeNamed(textAttr(attrs, "dtype"));
      const value = attrs["value"]!;
      if (isDim(value)) return elementOf(value, dtype);
      return pick(flattenDense(value), flatten(index, dimsAttr(attrs, "shape")), dtype);
    },
  }),
  vjp: { flat: "it has no operand" },
  samples: [
    { operands: [], attrs: { value: 0.5, shape: [3, 5], dtype: "f32" } },
    { operands: [], attrs: { value: 7, shape: [], dtype: "i32" } },
    { operands: [], attrs: { value: [1, -2, 3, 0.5, 0, 7], shape: [2, 3], dtype: "f32" } },
    { operands: [], attrs: { value: -Infinity, shape: [1], dtype: "f32" } },
  ],
};

const drawOf = (dist: string): "uniform" | "normal" => {
  if (dist !== "uniform" && dist !== "normal") throw new CompilerBug(`no distribution '${dist}'`);
  return dist;
};

const drawSample = (dist: string, shape: readonly Dim[]) => ({
  operands: [{ shape: [3], dtype: "i32", range: [0, 1000] }] as const,
  attrs: { dist, shape },
});

export const random: OpDef = {
  doc: "A draw of {shape} from {dist}, uniform in [0, 1) or standard normal; the operand is two key words and the counter.",
  arity: 1,
  infer: ([draw], attrs: Attrs) => {
    drawOf(textAttr(attrs, "dist"));
    if (draw!.dtype !== "i32" || draw!.shape.length !== 1 || draw!.shape[0] !== 3)
      throw new CompilerBug(`random takes i32[3], not ${printType(draw!)}`);
    return [{ dtype: "f32", shape: dimsAttr(attrs, "shape") }];
  },
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: ([draw], index) => {
      const words = [0, 1, 2].map((word) => draw!.at([int(word)]));
      const element = flatten(index, dimsAttr(attrs, "shape"));
      return call(drawOf(textAttr(attrs, "dist")), ...words, element);
    },
  }),
  vjp: { flat: "a draw depends on nothing that trains" },
  samples: [drawSample("uniform", [3, 5]), drawSample("normal", [7]), drawSample("normal", [1])],
};
