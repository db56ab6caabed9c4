// A kernel: one loop nest over buffers.

import type { Dim } from "../ir/dim.ts";
import type { Origin } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import type { AxisRange, Expr, ReduceOp } from "./expr.ts";

/** Memory a kernel reads or writes, dense and row-major. */
export type BufferDecl = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
};

/**
 * `spatial`: iterations are independent. `unroll`: they are, and are written out side by side; their number is known.
 * `reduce`: they meet in an accumulating store. `sequential`: in order.
 */
export type AxisRole = "spatial" | "unroll" | "reduce" | "sequential";

/** A number that a loop hands from one round to the next, and where it begins. */
export type Carry = { readonly name: string; readonly init: Expr };

export type Stmt =
  | {
      readonly kind: "for";
      readonly axis: string;
      readonly extent: Dim;
      /** As of a `ReduceAxis`. */
      readonly range: AxisRange | null;
      readonly role: AxisRole;
      /** Locals of the body, and of what comes after the loop in its block. Not of spatial loops, whose rounds have no order. */
      readonly carries: readonly Carry[];
      readonly body: readonly Stmt[];
    }
  /** `buffer[index] = value`, or `buffer[index] op= value`. A kernel may load its own results in sequential loops, and rows. */
  | {
      readonly kind: "store";
      readonly buffer: string;
      readonly index: readonly Expr[];
      readonly value: Expr;
      readonly accumulate: Exclude<ReduceOp, "argmax"> | null;
    }
  /** What the next round has for each of the carries, in their order: the last statement of a loop that carries. */
  | {
      readonly kind: "next";
      readonly values: readonly { readonly name: string; readonly value: Expr }[];
    }
  /** Scratch from here to the end of its block, with nothing in it each time; its name is unique within a kernel. */
  | { readonly kind: "row"; readonly decl: BufferDecl }
  | { readonly kind: "let"; readonly name: string; readonly value: Expr }
  | { readonly kind: "if"; readonly condition: Expr; readonly body: readonly Stmt[] };

export type Kernel = {
  readonly name: string;
  readonly params: readonly BufferDecl[];
  readonly results: readonly BufferDecl[];
  /** Names of the symbolic sizes it uses. */
  readonly sizes: readonly string[];
  readonly body: readonly Stmt[];
  readonly span: Origin | null;
};
