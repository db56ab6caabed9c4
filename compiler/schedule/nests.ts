// The loop nests of a kernel: loops without anything between them.

import type { Dim } from "../ir/dim.ts";
import type { AxisRange, ReduceAxis } from "../kernel/expr.ts";
import type { AxisRole, Stmt } from "../kernel/kernel.ts";

export type Loop = Extract<Stmt, { kind: "for" }>;

/** An axis of a nest. Steps of a schedule change which there are, their order and their roles. */
export type NestAxis = ReduceAxis & {
  readonly role: AxisRole;
  /** Set on both axes that a split made. */
  readonly part: SplitPart | null;
};

export type SplitPart = {
  readonly of: string;
  readonly extent: Dim;
  /** What is left after the last whole tile, where it does not run over all of its extent. */
  readonly left: AxisRange | null;
  readonly by: number;
  readonly outer: string;
  readonly inner: string;
};

export type Nest = {
  /** The outermost loop, as it stands in the kernel. */
  readonly head: Loop;
  readonly axes: readonly NestAxis[];
  /** What stands inside the innermost loop; maybe nests again. */
  readonly body: readonly Stmt[];
};

/** A loop that carries something stays as it is. */
const isPlainLoop = (stmt: Stmt | undefined): stmt is Loop & { readonly carries: readonly [] } =>
  stmt?.kind === "for" && stmt.carries.length === 0;

/** The nest that begins with a loop. */
export const nestAt = (head: Loop): Nest => {
  const axes: NestAxis[] = [];
  let body: readonly Stmt[] = [head];
  for (let only = body[0]; body.length === 1 && isPlainLoop(only); only = body[0]) {
    const { axis: name, extent, range, role } = only;
    axes.push({ name, extent, range, role, part: null });
    body = only.body;
  }
  return { head, axes, body };
};

/** All nests, outer ones before those inside. */
export const nestsIn = (stmts: readonly Stmt[]): readonly Nest[] =>
  stmts.flatMap((stmt): readonly Nest[] => {
    if (isPlainLoop(stmt)) {
      const nest = nestAt(stmt);
      return [nest, ...nestsIn(nest.body)];
    }
    return stmt.kind === "if" || stmt.kind === "for" ? nestsIn(stmt.body) : [];
  });
