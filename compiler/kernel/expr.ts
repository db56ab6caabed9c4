// Scalar expressions of the loop-level IR: the value of one element at one index.

import type { Dim } from "../ir/dim.ts";
import type { DType } from "../ir/type.ts";

/** Scalar functions. Bools are i32 0/1 in kernels' arithmetic but keep dtype "bool" here. */
export type ScalarFn =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "pow"
  | "min"
  | "max"
  | "neg"
  | "abs"
  | "floor"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sqrt"
  | "sin"
  | "cos"
  | "atan"
  | "erf"
  | "tanh"
  | "sigmoid"
  | "eq"
  | "lt"
  | "le"
  | "not"
  | "and"
  | "or"
  /** select(condition, then, else): only the taken side is evaluated, so a load may be guarded by it. */
  | "select"
  | "cast"
  /** The 32 bits of an f32 as an i32, and back. */
  | "toBits"
  | "fromBits"
  /** On i32. The distance is 0 .. 31; `shr` keeps the sign. */
  | "shl"
  | "shr"
  | "bitAnd"
  | "bitXor"
  /** (key0, key1, n, element): element of a counter-based draw, f32. */
  | "uniform"
  | "normal";

/**
 * `argmax`: position (row-major over the extents of `axes`) of the first maximum, NaN greatest, or 0 where nothing is above
 * -inf; dtype i32.
 */
export type ReduceOp = "add" | "mul" | "max" | "min" | "argmax";

/** An axis runs over from .. to - 1, i32, worked out when its loop begins; there is no round unless from < to. */
export type AxisRange = { readonly from: Expr; readonly to: Expr };

/** Runs over 0 .. extent - 1, or over a range of it. What a range mentions stands outside the axis. */
export type ReduceAxis = {
  readonly name: string;
  /** Values stay below it, whatever the range. */
  readonly extent: Dim;
  readonly range: AxisRange | null;
};

export type Expr =
  | { readonly kind: "number"; readonly dtype: DType; readonly value: number }
  /** A symbolic size as an i32. */
  | { readonly kind: "size"; readonly dtype: "i32"; readonly dim: Dim }
  /** A loop variable. */
  | { readonly kind: "axis"; readonly dtype: "i32"; readonly name: string }
  /** A `let` of the kernel, or what a loop carries. */
  | { readonly kind: "local"; readonly dtype: DType; readonly name: string }
  | {
      readonly kind: "load";
      readonly dtype: DType;
      readonly buffer: string;
      readonly index: readonly Expr[];
    }
  | {
      readonly kind: "call";
      readonly dtype: DType;
      readonly fn: ScalarFn;
      readonly args: readonly Expr[];
    }
  /**
   * Empty max is -inf, min +inf, add 0, mul 1. Axis names are unique within a kernel. Where `where` does not hold there
   * is no element, and `body` is not evaluated.
   */
  | {
      readonly kind: "reduce";
      readonly dtype: DType;
      readonly op: ReduceOp;
      readonly axes: readonly ReduceAxis[];
      readonly where: Expr | null;
      readonly body: Expr;
    };
