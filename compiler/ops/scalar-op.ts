// Makes the record of an op that applies one scalar function at every index: all operands have one shape.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Value } from "../ir/graph.ts";
import type { DType, TensorType } from "../ir/type.ts";
import { printType, equalShapes } from "../ir/type.ts";
import { call } from "../kernel/build.ts";
import type { ScalarFn } from "../kernel/expr.ts";
import type { Builder, OpDef, Sample } from "./define.ts";
import { underMask } from "./mask.ts";

/** A gradient rule, linear in `ct`; `operands` and `result` are the forward values. */
export type ScalarRule = (
  b: Builder,
  ct: Value,
  operands: readonly Value[],
  result: Value,
) => readonly (Value | null)[];

export type ScalarRow = {
  readonly doc: string;
  readonly fn: Exclude<ScalarFn, "cast">;
  readonly arity: number;
  /** Element types the operands may have, all the same. */
  readonly dtypes: readonly DType[];
  /** Element type of the result, when not that of the operands. */
  readonly result?: DType;
  /** Values of sample operands lie in [lo, hi); one range for all or one per operand. */
  readonly ranges?: readonly (readonly [number, number])[];
  readonly vjp: ScalarRule | { readonly flat: string };
};

const shapes: readonly (readonly number[])[] = [[3, 5], [1], [2, 1, 7], []];

/** Ragged samples of one element type for every operand. */
export const scalarSamples = (
  arity: number,
  dtype: DType,
  ranges: readonly (readonly [number, number])[] = [[-2, 2]],
): readonly Sample[] =>
  shapes.map((shape) => ({
    operands: Array.from({ length: arity }, (_, i) => ({
      shape,
      dtype,
      range: ranges[i] ?? ranges[0]!,
    })),
    attrs: {},
  }));

/** The type all operands share; throws when they differ or the element type is not allowed. */
export const commonType = (
  what: string,
  operands: readonly TensorType[],
  dtypes: readonly DType[],
): TensorType => {
  const first = operands[0]!;
  const agree = operands.every((t) => t.dtype === first.dtype && equalShapes(t.shape, first.shape));
  if (!agree || !dtypes.includes(first.dtype))
    throw new CompilerBug(`${what} cannot take (${operands.map(printType).join(", ")})`);
  return first;
};

const dtypes: readonly DType[] = ["f32", "i32", "bool"];

/** The element type of that name. */
export const dtypeNamed = (name: string): DType => {
  const dtype = dtypes.find((candidate) => candidate === name);
  if (dtype === undefined) throw new CompilerBug(`'${name}' is no element type`);
  return dtype;
};

/** A gradient rule that runs inside the masks of its cotangent. */
export const maskedRule =
  (rule: ScalarRule): ScalarRule =>
  (b, ct, operands, result) =>
    underMask(b, ct, (live) => rule(b, live, operands, result));

export const scalarOp = (row: ScalarRow): OpDef => {
  const sampleDtype = row.dtypes[0]!;
  return {
    doc: row.doc,
    arity: row.arity,
    infer: (operands) => {
      const type = commonType(row.fn, operands, row.dtypes);
      return [{ dtype: row.result ?? type.dtype, shape: type.shape }];
    },
    meaning: () => ({
      kind: "expr",
      at: (operands, index) => call(row.fn, ...operands.map((operand) => operand.at(index))),
    }),
    vjp: typeof row.vjp === "function" ? maskedRule(row.vjp) : row.vjp,
    samples: [
      ...scalarSamples(row.arity, sampleDtype, row.ranges),
      ...(row.dtypes.includes("i32") && sampleDtype !== "i32"
        ? scalarSamples(row.arity, "i32", [[-5, 6]]).slice(0, 1)
        : []),
    ],
  };
};
