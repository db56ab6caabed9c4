// Kernel → kernel in which additions at indices that data give are a sum for each element, of what has its index: additions run
// one after the other, and sums of few elements side by side.

import {
  addI,
  andB,
  axis,
  call,
  loops,
  cast,
  int,
  over,
  reduce,
  store,
} from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { loadsAny } from "../../lower/statements.ts";
import { nestAt } from "../../schedule/nests.ts";
import type { NestAxis } from "../../schedule/nests.ts";
import { isIndependent } from "./grid.ts";
import { kernelWith, namingFor } from "./rewriting.ts";
import { anyDevice } from "./tiles.ts";
import type { Device } from "./tiles.ts";
import { costOfKernel } from "./ways.ts";

/** Whether a kernel with sums is better than one with additions. */
export type Prefers = (sums: Kernel, additions: Kernel) => boolean;

export const gatherSums = (kernel: Kernel, prefers: Prefers = isFasterOn(anyDevice)): Kernel => {
  const fresh = namingFor(kernel);
  const body = kernel.body.flatMap((s) => {
    const found = scatterOf(kernel, s);
    if (found === null) return [s];
    const names = found.index.map(() => fresh("at"));
    const isBetter = prefers(
      kernelWith(kernel, gathered(withoutValues(found), names)),
      kernelWith(kernel, [s]),
    );
    return isBetter ? gathered(found, names) : [s];
  });
  return { ...kernel, body };
};

type Scatter = {
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
const scatterOf = ({ results }: Kernel, s: Stmt): Scatter | null => {
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

/** As most elements of a sum: of those only the index is looked at. */
const withoutValues = (scatter: Scatter): Scatter => {
  const own = scatter.index.flatMap((place) =>
    place.kind === "axis" ? [axis(place.axis.name)] : [],
  );
  const value = cast(scatter.value.dtype, own.reduce(addI, int(0)));
  return { ...scatter, value };
};

const plain = ({ name, extent, range }: NestAxis): ReduceAxis => over(name, extent, range);

/** `names`: of the axes of elements where data give an index. */
const gathered = (
  { buffer, accumulate, index, rounds, where, value }: Scatter,
  names: readonly string[],
): readonly Stmt[] => {
  const axes = index.map((place, k) =>
    place.kind === "axis" ? place.axis : over(names[k]!, place.extent),
  );
  const own = index.flatMap((place, k) =>
    place.kind === "data" ? [call("eq", place.index, axis(names[k]!))] : [],
  );
  const conditions = [...own, ...(where === null ? [] : [where])];
  const holds = conditions.length === 0 ? null : conditions.reduce(andB);
  const sum = reduce(accumulate, rounds, value, holds);
  return loops(axes, [
    store(
      buffer,
      axes.map(({ name }) => axis(name)),
      sum,
      accumulate,
    ),
  ]);
};

/** Part of the cost that sums have to save. */
const least = 0.25;

export const isFasterOn =
  (device: Device): Prefers =>
  (sums, additions) =>
    costOfKernel(sums, device) < (1 - least) * costOfKernel(additions, device);
