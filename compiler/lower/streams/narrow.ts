// Runs the loops of a row over no more columns than a mask leaves: a causal row ends at its own position.

import type { Dim } from "../../ir/dim.ts";
import type { Extents } from "../../kernel/affine.ts";
import { int, size } from "../../kernel/build.ts";
import { atLeast, atMost } from "../../kernel/clamp.ts";
import type { AxisRange, Expr } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { createRebuild } from "../rebuild.ts";
import { extentsOf, mapStmts, storesIn, visitExprs } from "../statements.ts";
import { createHiddenAlong, endsKey } from "./hidden.ts";
import type { Ends, Hidden } from "./hidden.ts";

/**
 * `body`: what is done for each row, in order. `scratch`: buffers of one row, each filled by one loop. Sums and maxima
 * skip what a condition hides, for which infinity and NaN count for nothing, then loops fill of the scratch only what
 * is read.
 */
export const narrow = (
  body: readonly Stmt[],
  rows: ReadonlyMap<string, Dim>,
  scratch: ReadonlySet<string>,
): readonly Stmt[] => {
  const known = new Map<string, readonly (Hidden | null)[]>();
  const names = new Set(rows.keys());
  const hiddenAlong = (axis: string): ((expr: Expr) => Hidden | null) =>
    createHiddenAlong(axis, names, (buffer, dimension) => known.get(buffer)?.[dimension] ?? null);
  for (const stmt of body)
    for (const { buffer, index, value } of storesIn([stmt]))
      if (scratch.has(buffer))
        known.set(
          buffer,
          index.map((e) => (e.kind === "axis" ? hiddenAlong(e.name)(value) : null)),
        );
  const extents = new Map([...rows, ...extentsOf(body)]);
  const narrowed = new Map<string, Ends>();
  const rangeFor = (axis: string, ends: Ends): AxisRange => {
    narrowed.set(axis, ends);
    return within(ends, extents.get(axis)!, extents);
  };
  const shorter = createRebuild((e) => {
    if (e.kind !== "reduce" || (e.op !== "add" && e.op !== "max")) return null;
    const axes = e.axes.map((a) => {
      const found = a.range === null ? hiddenAlong(a.name)(e.body) : null;
      const skips = found !== null && found.value === (e.op === "add" ? 0 : -Infinity);
      return skips && found.ends !== null ? { ...a, range: rangeFor(a.name, found.ends) } : a;
    });
    return { ...e, axes };
  });
  const reduced = mapStmts(body, shorter);
  return fillingWhatIsRead(reduced, scratch, narrowed, rangeFor);
};

/** Ends that may lie beyond those of the axis are cut there. */
const within = ({ from, to }: Ends, extent: Dim, extents: Extents): AxisRange => ({
  from: from === null ? int(0) : atLeast(from, int(0), extents),
  to: to === null ? size(extent) : atMost(to, size(extent), extents),
});

/** What every read of a buffer is within, along each of its axes; null for an axis that is read whole. */
type Needs = Map<string, readonly (Ends | null)[]>;

const fillingWhatIsRead = (
  body: readonly Stmt[],
  scratch: ReadonlySet<string>,
  narrowed: ReadonlyMap<string, Ends>,
  rangeFor: (axis: string, ends: Ends) => AxisRange,
): readonly Stmt[] => {
  const needs: Needs = new Map();
  const read = (stmt: Stmt): void =>
    visitExprs([stmt], (e) => {
      if (e.kind !== "load" || !scratch.has(e.buffer)) return;
      const ends = e.index.map((at) =>
        at.kind === "axis" ? (narrowed.get(at.name) ?? null) : null,
      );
      const others = needs.get(e.buffer);
      needs.set(
        e.buffer,
        ends.map((own, d) => {
          const other = others === undefined ? own : others[d]!;
          return own !== null && other !== null && endsKey(own) === endsKey(other) ? own : null;
        }),
      );
    });
  const fill = (stmt: Stmt): Stmt => {
    if (stmt.kind !== "for" || stmt.range !== null) return stmt;
    const inner = { ...stmt, body: stmt.body.map(fill) };
    const ends = storesIn([stmt]).map(({ buffer, index }) => {
      const d = index.findIndex((e) => e.kind === "axis" && e.name === stmt.axis);
      return scratch.has(buffer) && d >= 0 ? (needs.get(buffer)?.[d] ?? null) : null;
    });
    const [first] = ends;
    const agree =
      first != null && ends.every((one) => one !== null && endsKey(one) === endsKey(first));
    return agree ? { ...inner, range: rangeFor(stmt.axis, first) } : inner;
  };
  // From the last: what a loop need not fill it need not read either.
  const made = body.toReversed().map((stmt) => {
    const filled = fill(stmt);
    read(filled);
    return filled;
  });
  return made.toReversed();
};
