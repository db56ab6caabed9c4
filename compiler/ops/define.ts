// The record of an op: everything the compiler knows about it, in one value.

import type { Dim } from "../ir/dim.ts";
import type { Attrs, Origin, Value } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Stmt } from "../kernel/kernel.ts";
import type { OpName } from "./index.ts";

/** An operand as kernels see it: load it at an index (one i32 expression per axis). */
export type Operand = {
  readonly type: TensorType;
  readonly at: (index: readonly Expr[]) => Expr;
};

/** A result as kernels see it: store to it, or read back what was stored. */
export type Target = {
  readonly type: TensorType;
  readonly at: (index: readonly Expr[]) => Expr;
  readonly store: (index: readonly Expr[], value: Expr, accumulate?: "add" | "max") => Stmt;
};

/** Gives a name that no other axis of the kernel has. */
export type FreshAxis = (hint: string) => string;

/**
 * What an op means, element by element. `expr`: the value at an index, which fusion can inline.
 * `body`: statements that fill the whole result, for ops whose elements are not independent
 * (scatterAdd, cumSum, topK). `view`: operand 0 read at another index, nothing else.
 */
export type Meaning =
  | {
      readonly kind: "expr";
      readonly at: (operands: readonly Operand[], index: readonly Expr[], fresh: FreshAxis) => Expr;
    }
  | {
      readonly kind: "body";
      readonly build: (
        operands: readonly Operand[],
        result: Target,
        fresh: FreshAxis,
      ) => readonly Stmt[];
    }
  /** Expanded by a pass before lowering (`grad`), so it has no kernel. */
  | { readonly kind: "none"; readonly reason: string };

/** Builds ops into a graph under construction; hash-conses, so equal ops are one value. */
export type Builder = {
  readonly op: (name: OpName, operands: readonly Value[], attrs?: Attrs) => Value;
  /** Scalar or filled constant of a type. */
  readonly constant: (value: number, type: TensorType) => Value;
  /** A size as an i32 scalar. */
  readonly size: (dim: Dim) => Value;
  /** `ct * factor`; where `ct` is `select(c, a, 0)` the factor moves inside, so a dead branch stays exactly 0. */
  readonly scaleCt: (ct: Value, factor: Value) => Value;
  /** Ops built from here on carry this span, until changed. */
  readonly at: (span: Origin | null) => void;
};

/** One operand of a sample: a shape, its dtype (f32 unless said) and the range its values are drawn from. */
export type SampleOperand = {
  readonly shape: readonly number[];
  readonly dtype?: "f32" | "i32" | "bool";
  /** Values lie in [lo, hi); default -1..1. */
  readonly range?: readonly [number, number];
};
export type Sample = { readonly operands: readonly SampleOperand[]; readonly attrs: Attrs };

export type OpDef = {
  /** One sentence, then the formula; shows in the generated reference. */
  readonly doc: string;
  /** Number of operands; "many" for concat. */
  readonly arity: number | "many";
  /** Types of the results. Throws `CompilerBug` on operands that the front end should have refused. */
  readonly infer: (operands: readonly TensorType[], attrs: Attrs) => readonly TensorType[];
  readonly meaning: (operands: readonly TensorType[], attrs: Attrs) => Meaning;
  /** Cotangents of the operands, null for none. A missing rule is the reason in words. */
  readonly vjp:
    | ((
        b: Builder,
        ct: Value,
        operands: readonly Value[],
        result: Value,
        attrs: Attrs,
      ) => readonly (Value | null)[])
    | { readonly flat: string };
  /** At least three ragged ones: a size 1, a prime, not a multiple of 4. */
  readonly samples: readonly Sample[];
};
