// Loops that add at an index that data give: what is added where, and over which rounds.

import { over } from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { loadsAny } from "../../lower/statements.ts";
import { nestAt } from "../../schedule/nests.ts";
import type { NestAxis } from "../../schedule/nests.ts";
import { isIndependent } from "./grid.ts";

export type Scatter = {
  readonly buffer: string;
  readonly accumulate: NonNullable<Extract<Stmt, { kind: "store" }>["accumulate"]>;
  /** Along each axis of the buffer: an axis of the loops, or an index that data give and the extent. */
  readonly index: readonly (
    | { readonly kind: "axis"; readonly axis: ReduceAxis }
    | { readonly kind: "data"; readonly index: Expr; readonly extent: ReduceAxis["extent"] }
  )[];
  /** Loops whose rounds may meet in one element. */
  readonly rounds: readonly ReduceAxis[];
  readonly where: Expr | null;
  readonly value: Expr;
};

/** Null where it is no such loop, or an element depends on others. */
export const scatterOf = ({ results }: Kernel, s: Stmt): Scatter | null => {
  if (s.kind !== "for") return null;
  const { axes, body } = nestAt(s);
  const [first] = body;
  const branch = first?.kind === "if" ? first : null;
  const inner = branch?.body ?? body;
  const [one] = inner;
  if (body.length !== 1 || inner.length !== 1 || one?.kind !== "store") return null;
  const { buffer, index, value, accumulate } = one;
  const shape = results.find(({ name }) => name === buffer)?.shape;
  if (accumulate === null || shape === undefined) return null;
  const where = branch?.condition ?? null;
  const written = new Set([buffer]);
  const read = [...index, value, ...(where === null ? [] : [where])];
  if (axes.some(({ role }) => role === "sequential")) return null;
  if (read.some((e) => loadsAny(e, written))) return null;
  const own = axes.filter((a) => isIndependent(a) && a.range === null);
  const rounds = axes.filter((a) => !own.includes(a)).map(plain);
  const used = own.filter(({ name }) => index.some((e) => nameOf(e) === name));
  if (used.length < own.length || rounds.length === 0) return null;
  const places = index.map((e, k): Scatter["index"][number] => {
    const first = index.findIndex((other) => other.kind === "axis" && other.name === nameOf(e));
    const found = first === k ? own.find(({ name }) => name === nameOf(e)) : undefined;
    return found === undefined
      ? { kind: "data", index: e, extent: shape[k]! }
      : { kind: "axis", axis: plain(found) };
  });
  return { buffer, accumulate, index: places, rounds, where, value };
};

const nameOf = (e: Expr): string | null => (e.kind === "axis" ? e.name : null);

const plain = ({ name, extent, range }: NestAxis): ReduceAxis => over(name, extent, range);
