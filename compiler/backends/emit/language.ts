// What the emitter of loops has to know of the language it writes.

import type { Dim } from "../../ir/dim.ts";
import type { DType } from "../../ir/type.ts";
import type { Expr, ReduceOp } from "../../kernel/expr.ts";

export type Call = Extract<Expr, { kind: "call" }>;
export type Accumulate = Exclude<ReduceOp, "argmax">;

/** Texts of expressions are names, literals, calls, or stand in parentheses. */
export type Language = {
  readonly constant: (name: string, value: string) => string;
  /** Without a value it is set before it is read. */
  readonly variable: (name: string, dtype: DType, value: string | null) => string;
  /** What stands between the parentheses of a loop. */
  readonly loopHead: (axis: string, from: string, to: string) => string;
  readonly number: (dtype: DType, value: number) => string;
  readonly size: (dim: Dim) => string;
  /** A sum of positions, as what is written between brackets. */
  readonly address: (text: string) => string;
  /** A size that loops within others end at; in a language that is not typed marked as a whole number. */
  readonly wholeSize: (text: string) => string;
  /** `view`: of a copy, how far behind that address it is. */
  readonly load: (buffer: string, address: string, view: number) => string;
  readonly store: (
    buffer: string,
    address: string,
    value: string,
    accumulate: Accumulate | null,
    view: number,
  ) => string;
  /** Any call but `select`. `isAddress`: index arithmetic, which cannot overflow. */
  readonly call: (expr: Call, args: readonly string[], isAddress: boolean) => string;
  readonly choice: (condition: string, yes: string, no: string) => string;
  /** Whether a choice evaluates the side that is not taken, which then must not read outside a buffer. */
  readonly evaluatesBoth: boolean;
  /** Where a reduction of such values begins. */
  readonly start: (op: ReduceOp, dtype: DType) => string;
  /** Takes one more value into an accumulator. */
  readonly step: (op: Accumulate, dtype: DType, accumulator: string, value: string) => string;
  /** Whether a value is above the best so far: NaN is greater than every number, and the first one stays. */
  readonly beats: (dtype: DType, value: string, best: string) => string;
};
