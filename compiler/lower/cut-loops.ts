// Cuts loops where guards of their positions turn, so that no round asks what the loop knows: kernel → kernel.
// What is put side by side from padded parts becomes a copy of each part.

import { mostPieces } from "../costs/limits.ts";
import type { Bounds } from "../ir/dim-proof.ts";
import { addI, axis, int } from "../kernel/build.ts";
import { createNaming } from "../kernel/free-name.ts";
import type { Kernel, Stmt } from "../kernel/kernel.ts";
import { createFreeAxes, isIndex } from "./access.ts";
import { createInterner } from "./intern.ts";
import { namesIn } from "./names-in.ts";
import { createRebuild } from "./rebuild.ts";
import { renameOwn } from "./rename.ts";
import { createSettle, withoutDivision } from "./settle.ts";
import { mapStmts, visitExprs } from "./statements.ts";
import { createSolver } from "./taps/positions.ts";

type Loop = Extract<Stmt, { kind: "for" }>;

/** Independent loops over known numbers of positions, without sums. Elements come in the same order as before. */
export const cutLoops = (kernel: Kernel, bounds: Bounds): Kernel => {
  const interner = createInterner();
  const solver = createSolver(interner);
  const freeAxes = createFreeAxes();
  const fresh = createNaming(new Set(namesIn(kernel)));

  /** Where conditions on this axis alone begin or cease to hold, and its end. */
  const endsOf = ({ axis: name, extent, body }: Loop): readonly number[] => {
    const ends = new Set<number>();
    visitExprs(body, (e) => {
      if (e.dtype !== "bool" || !isIndex(e) || [...freeAxes(e)].join() !== name) return;
      const { from, to } = solver.end(interner.intern(e), name) ?? { from: null, to: null };
      for (const at of [from, to]) if (at?.kind === "number") ends.add(at.value);
    });
    const inside = [...ends].filter((end) => end > 0 && end < (extent as number));
    return [...inside.toSorted((a, b) => a - b), extent as number];
  };

  /** The rounds from `start` to `end`, counted from 0; one round needs no loop. */
  const piece = (loop: Loop, start: number, end: number): readonly Stmt[] => {
    const [own] = (start === 0 ? [loop] : renameOwn([loop], fresh)) as readonly [Loop];
    const extent = end - start;
    const place = extent === 1 ? int(start) : addI(axis(own.axis), int(start));
    const moved = createRebuild((e) => (e.kind === "axis" && e.name === own.axis ? place : null));
    const extents = new Map([[own.axis, extent]]);
    const settle = createSettle(extents, bounds);
    const divide = createRebuild((e) => withoutDivision(e, extents, bounds));
    const body = mapStmts(own.body, (e) => divide(settle(moved(e))));
    return extent === 1 ? body : [{ ...own, extent, body }];
  };

  const cut = (stmt: Stmt): readonly Stmt[] => {
    if (stmt.kind !== "for") return [stmt];
    const ends = isPlain(stmt) ? endsOf(stmt) : [];
    return ends.length <= 1 || ends.length > mostPieces
      ? [{ ...stmt, body: stmt.body.flatMap(cut) }]
      : ends.flatMap((end, k) => piece(stmt, ends[k - 1] ?? 0, end)).flatMap(cut);
  };
  return { ...kernel, body: kernel.body.flatMap(cut) };
};

const isPlain = ({ role, range, extent, body }: Loop): boolean => {
  if (role !== "spatial" || range !== null || typeof extent !== "number") return false;
  let sums = false;
  visitExprs(body, (e) => (sums ||= e.kind === "reduce"));
  return !sums;
};
