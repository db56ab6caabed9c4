// One step of a schedule, taken on the nests of a kernel: the axes afterwards, or why it cannot be.

import { floorDiv, mod } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { affineOf } from "../kernel/affine.ts";
import type { Extents } from "../kernel/affine.ts";
import { addI, axis as axisOf, divI, int, mulI, size } from "../kernel/build.ts";
import { atLeast } from "../kernel/clamp.ts";
import type { AxisRange, Expr } from "../kernel/expr.ts";
import { rowsIn } from "../kernel/buffers.ts";
import { roundsOf } from "../kernel/rounds.ts";
import { axesIn } from "../lower/access.ts";
import { childrenOf, endsOf } from "../lower/intern.ts";
import type { Nest, NestAxis } from "./nests.ts";
import type { Step } from "./schedule.ts";

/** What steps have to know of a kernel. */
export type Facts = { readonly names: ReadonlySet<string>; readonly extents: Extents };

/** The nests after a step; a sentence where the step is not legal. */
export const takeStep = (
  nests: readonly Nest[],
  step: Step,
  facts: Facts,
): readonly Nest[] | string => {
  switch (step.kind) {
    case "split":
      return split(nests, step, facts);
    case "reorder":
      return reorder(nests, step.axes);
    case "unroll":
      return unroll(nests, step.axes);
    case "pack":
      // Loops stay as they are; `packPanel` looks at what is in them.
      return nests;
  }
};

/** The one nest with an axis; its iterations are independent. */
const nestWith = (nests: readonly Nest[], name: string): Nest | string => {
  const found = nests.filter(({ axes }) => axes.some((a) => a.name === name));
  if (found.length !== 1)
    return found.length === 0 ? `no loop is over ${name}` : `several loops are over ${name}`;
  const { role } = found[0]!.axes.find((a) => a.name === name)!;
  if (role === "spatial") return found[0]!;
  return role === "unroll"
    ? `${name} is written out already`
    : `iterations of ${name} depend on each other`;
};

const split = (
  nests: readonly Nest[],
  { axis, by, outer, inner }: Extract<Step, { kind: "split" }>,
  { names, extents }: Facts,
): readonly Nest[] | string => {
  const nest = nestWith(nests, axis);
  if (typeof nest === "string") return nest;
  if (!Number.isInteger(by) || by < 2) return `a tile of ${by} is none`;
  const used = new Set([...names, ...nests.flatMap(({ axes }) => axes.map((a) => a.name))]);
  const clash = used.has(outer) ? outer : used.has(inner) || outer === inner ? inner : null;
  if (clash !== null) return `the name ${clash} is taken`;
  const { extent, range, role, part: before } = nest.axes.find((a) => a.name === axis)!;
  if (before !== null) return `${axis} is part of a split`;
  if (!canSplit(range, by))
    return `${axis} does not begin at a multiple of ${by}, or ends where data say`;
  if (rowsIn(nest.body).length > 0) return `there is scratch inside ${axis}`;
  const { whole, left } = range === null ? { whole: null, left: null } : parted(range, by, extents);
  const part = { of: axis, extent, left, by, outer, inner };
  const made: readonly NestAxis[] = [
    { name: outer, extent: floorDiv(extent, by), range: whole, role, part },
    { name: inner, extent: by, range: null, role, part },
  ];
  return withAxes(
    nests,
    nest,
    nest.axes.flatMap((a) => (a.name === axis ? made : [a])),
  );
};

/** Tiles begin at multiples of their width; they run up to an end that is looked at more than once. */
export const canSplit = (range: AxisRange | null, by: number): boolean => {
  if (range === null) return true;
  const isFixed = (e: Expr): boolean =>
    e.kind !== "load" && e.kind !== "reduce" && childrenOf(e).every(isFixed);
  return dividedBy(range.from, by) !== null && isFixed(range.to);
};

/** A sum of multiples, divided by what they are multiples of; null for another. */
const dividedBy = (e: Expr, by: number): Expr | null => {
  const sum = affineOf(e);
  if (sum === null) return null;
  const isMultiple = (dim: Dim): boolean => mod(dim, by) === 0;
  if (![sum.constant, ...sum.coefficients.values()].every(isMultiple)) return null;
  return [...sum.coefficients].reduce(
    (made, [name, coefficient]) => addI(made, mulI(axisOf(name), size(floorDiv(coefficient, by)))),
    size(floorDiv(sum.constant, by)),
  );
};

/** The tiles of a range, and what is left after them. */
const parted = (
  { from, to: end }: AxisRange,
  by: number,
  extents: Extents,
): { readonly whole: AxisRange; readonly left: AxisRange } => {
  const to = atLeast(end, int(0), extents);
  const tiles = divI(to, int(by));
  return {
    whole: { from: dividedBy(from, by)!, to: tiles },
    left: { from: atLeast(mulI(tiles, int(by)), from, extents), to },
  };
};

const reorder = (nests: readonly Nest[], names: readonly string[]): readonly Nest[] | string => {
  const found = names.map((name) => nestWith(nests, name));
  const wrong = found.find((one) => typeof one === "string");
  if (wrong !== undefined) return wrong as string;
  const [nest] = found as readonly Nest[];
  if (nest === undefined || new Set(names).size < names.length)
    return `${names.join(" ")} is no order`;
  const apart = names.find((_, k) => found[k] !== nest);
  if (apart !== undefined) return `${names[0]} and ${apart} are not in one nest`;
  const places = nest.axes.flatMap((a, k) => (names.includes(a.name) ? [k] : []));
  const axes = nest.axes.map((a, k) => {
    const place = places.indexOf(k);
    return place < 0 ? a : nest.axes.find((other) => other.name === names[place])!;
  });
  const position = (name: string): number => axes.findIndex((a) => a.name === name);
  const parted = axes.find(
    ({ part }) => part !== null && position(part.inner) < position(part.outer),
  );
  if (parted !== undefined) return `${parted.part!.inner} would be outside ${parted.part!.outer}`;
  for (const [k, { name, range }] of axes.entries()) {
    const ends = axesIn(endsOf(range));
    const later = axes.slice(k).find((a) => ends.has(a.part?.of ?? a.name));
    if (later !== undefined)
      return `${name} would be outside ${later.name}, on which its ends depend`;
  }
  return withAxes(nests, nest, axes);
};

const unroll = (nests: readonly Nest[], names: readonly string[]): readonly Nest[] | string =>
  names.reduce<readonly Nest[] | string>((before, name) => {
    if (typeof before === "string") return before;
    const nest = nestWith(before, name);
    if (typeof nest === "string") return nest;
    const axes = nest.axes.map((a): NestAxis => (a.name === name ? { ...a, role: "unroll" } : a));
    if (rowsIn(nest.body).length > 0) return `there is scratch inside ${name}`;
    const isKnown = roundsOf(nest.axes.find((a) => a.name === name)!) !== null;
    return isKnown ? withAxes(before, nest, axes) : `where ${name} begins and ends is not known`;
  }, nests);

const withAxes = (nests: readonly Nest[], nest: Nest, axes: readonly NestAxis[]): readonly Nest[] =>
  nests.map((other) => (other === nest ? { ...nest, axes } : other));
