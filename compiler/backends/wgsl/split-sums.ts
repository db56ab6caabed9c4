// Kernel → kernel in which a long sum for few elements has a launch of its own before the one that needs it: there it is made
// in parts, for all of which there are lanes, and what is left is the sum of the parts.

import { ceilDiv, exactDiv, product } from "../../ir/dim.ts";
import {
  addI,
  andB,
  axis,
  int,
  load,
  loops,
  mulI,
  over,
  reduce,
  row,
  size,
  store,
} from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { BufferDecl, Kernel, Stmt } from "../../kernel/kernel.ts";
import { createFreeAxes } from "../../lower/access.ts";
import { createInterner } from "../../lower/intern.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { loadsAny, mapStmts, storesIn } from "../../lower/statements.ts";
import { nestAt } from "../../schedule/nests.ts";
import type { Sum } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import { isIndependent } from "./grid.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { createSums, localsIn } from "./long-sums.ts";
import { kernelWith, namingFor } from "./rewriting.ts";
import { placeAt } from "./share-out.ts";
import { isPlain } from "./shared-steps.ts";
import { anyDevice } from "./tiles.ts";
import type { Device } from "./tiles.ts";
import { costOfKernel } from "./ways.ts";

/** Kernels that are compared: as it is, one of the sums alone, and one that has parts of them before. */
export type Compared = {
  readonly whole: Kernel;
  readonly alone: Kernel;
  readonly split: (parts: number) => Kernel | null;
};

/** In how many parts sums are made; null where they stay. */
export type PartsOf = (compared: Compared) => number | null;

export const splitSums = (kernel: Kernel, partsOf: PartsOf = cheapestOn(anyDevice)): Kernel => {
  const fresh = namingFor(kernel);
  const body = kernel.body.flatMap((s) => splitAt(kernel, s, fresh, partsOf));
  return { ...kernel, body };
};

/** A loop over independent elements, or a store. */
type Site = { readonly axes: readonly GridAxis[]; readonly body: readonly Stmt[] };

const siteOf = (s: Stmt): Site | null => {
  if (s.kind === "store") return { axes: [], body: [s] };
  if (s.kind !== "for") return null;
  const { axes, body } = nestAt(s);
  const isWhole = axes.every((a) => a.range === null && isIndependent(a));
  return axes.length > 0 && isWhole && body.every(isPlain) ? { axes, body } : null;
};

const splitAt = (
  kernel: Kernel,
  s: Stmt,
  fresh: (hint: string) => string,
  partsOf: PartsOf,
): readonly Stmt[] => {
  const site = siteOf(s);
  if (site === null) return [s];
  let stmts: readonly Stmt[] = [s];
  for (const group of groupsIn(site)) {
    const names = {
      part: fresh("part"),
      turn: fresh("turn"),
      sums: group.map(() => ({ parts: fresh("parts"), part: fresh("part") })),
    };
    const made = (parts: number): Made => partsOfSums(site.axes, group, parts, names);
    const split = (parts: number): readonly Stmt[] | null => {
      const { before, replace, isWorth } = made(parts);
      return isWorth ? [...before, ...mapStmts(stmts, replace)] : null;
    };
    const parts = partsOf({
      whole: kernelWith(kernel, stmts),
      alone: kernelWith(kernel, made(1).before),
      split: (count) => {
        const all = split(count);
        return all === null ? null : kernelWith(kernel, all);
      },
    });
    if (parts !== null) stmts = split(parts) ?? stmts;
  }
  return stmts;
};

/** Sums of nothing that is made in the same launch, those over the same axes together. Positions of maxima are made whole. */
const groupsIn = ({ axes, body }: Site): readonly (readonly Sum[])[] => {
  const written = new Set(storesIn(body).map(({ buffer }) => buffer));
  const sums = createSums();
  sums.bind(axes.map(({ name }) => name));
  return sums
    .make(body, [])
    .map((group) => group.map(({ sum }) => sum).filter(({ op }) => op !== "argmax"))
    .filter(
      (group) =>
        group.length > 0 && group.every((e) => localsIn(e).size === 0 && !loadsAny(e, written)),
    );
};

/** Of new axes, and of the rows that parts lie in. */
type Names = {
  readonly part: string;
  readonly turn: string;
  readonly sums: readonly { readonly parts: string; readonly part: string }[];
};

type Made = {
  /** Statements that make the parts. */
  readonly before: readonly Stmt[];
  readonly replace: (e: Expr) => Expr;
  /** Not the same launch again, nor more scratch than there is, whatever the sizes. */
  readonly isWorth: boolean;
};

/** Words of scratch for the parts of a sum. */
const mostWords = 2 ** 21;

const partsOfSums = (
  axes: readonly GridAxis[],
  sums: readonly Sum[],
  parts: number,
  names: Names,
): Made => {
  const freeAxes = createFreeAxes();
  const own = axes.filter(({ name }) => sums.some((sum) => freeAxes(sum).has(name)));
  const words = product([parts, ...own.map(({ extent }) => extent)]);
  const isAnother = parts > 1 || own.length < axes.length;
  const [first] = sums;
  const part = over(names.part, parts);
  const total = totalOf(first!.axes);
  const each = ceilDiv(total, parts);
  const turn = over(names.turn, each);
  const position = addI(mulI(axis(part.name), size(each)), axis(turn.name));
  const extents = new Map([...own, ...first!.axes, part, turn].map((a) => [a.name, a.extent]));
  const at = placeAt(first!, position, exactDiv(total, parts) !== null, extents);
  const partOf = (sum: Sum): Expr =>
    parts === 1
      ? sum
      : reduce(
          sum.op,
          [turn],
          at.rename(sum.body),
          at.guards.length === 0 ? null : at.guards.reduce(andB),
        );
  const index = own.map(({ name }) => axis(name));
  const made = sums.map((sum, k) => {
    const { parts: name, part: last } = names.sums[k]!;
    const shape = [parts, ...own.map(({ extent }) => extent)];
    const decl: BufferDecl = { name, dtype: sum.dtype, shape };
    return { sum, decl, last };
  });
  const whole = ({ sum, decl, last }: (typeof made)[number]): Expr =>
    parts === 1
      ? load(decl, [int(0), ...index])
      : reduce(sum.op, [over(last, parts)], load(decl, [axis(last), ...index]));
  const interner = createInterner();
  const wholes = new Map(made.map((one) => [interner.intern(one.sum), whole(one)]));
  const stores = made.map(({ sum, decl }) =>
    store(decl.name, [axis(part.name), ...index], partOf(sum)),
  );
  return {
    isWorth: isAnother && typeof words === "number" && words <= mostWords,
    before: [
      ...made.map(({ decl }) => row(decl)),
      ...loops([part, ...own.map((a) => over(a.name, a.extent))], stores),
    ],
    replace: createRebuild((e) => wholes.get(interner.intern(e)) ?? null),
  };
};

/** Parts that are compared. */
const counts = [1, 16, 64, 256];

/** Part of the cost that parts have to save. */
const least = 0.25;

export const cheapestOn =
  (device: Device): PartsOf =>
  ({ whole, alone, split }) => {
    if (costOfKernel(alone, device) < 2 * device.figures.launch) return null;
    const before = costOfKernel(whole, device);
    let [best, parts]: [number, number | null] = [(1 - least) * before, null];
    for (const count of counts) {
      const made = split(count);
      const cost = made === null ? Infinity : costOfKernel(made, device);
      if (cost < best) [best, parts] = [cost, count];
    }
    return parts;
  };
