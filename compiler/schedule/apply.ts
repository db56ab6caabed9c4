// Kernel and schedule → kernel with its loops as the schedule says. The numbers stay what they were.

import { CompilerBug } from "../../grammar/bug.ts";
import { equalDims, floorDiv, mul } from "../ir/dim.ts";
import { affineOf } from "../kernel/affine.ts";
import { addI, axis, int, loop, mulI, size, subI } from "../kernel/build.ts";
import type { AxisRange } from "../kernel/expr.ts";
import type { AxisRole, Kernel, Stmt } from "../kernel/kernel.ts";
import { roundsOf } from "../kernel/rounds.ts";
import { createRebuild } from "../lower/rebuild.ts";
import { mapRange, mapStmts } from "../lower/statements.ts";
import { scheduledNests } from "./legal.ts";
import { packPanel } from "./pack.ts";
import type { Nest, NestAxis, SplitPart } from "./nests.ts";
import type { Schedule } from "./schedule.ts";

export const applySchedule = (kernel: Kernel, schedule: Schedule): Kernel => {
  const scheduled = scheduledOrWhyNot(kernel, schedule);
  if (typeof scheduled === "string")
    throw new CompilerBug(
      `kernel @${kernel.name}: its schedule is not legal: ${scheduled}`,
      kernel.span,
    );
  return scheduled;
};

/** Why a schedule is not legal, as a sentence; null where it is. */
export const whyNot = (kernel: Kernel, schedule: Schedule): string | null => {
  const scheduled = scheduledOrWhyNot(kernel, schedule);
  return typeof scheduled === "string" ? scheduled : null;
};

const scheduledOrWhyNot = (kernel: Kernel, schedule: Schedule): Kernel | string => {
  const nests = scheduledNests(kernel, schedule);
  if (typeof nests === "string") return nests;
  return schedule.steps.reduce<Kernel | string>(
    (made, step) =>
      typeof made === "string" || step.kind !== "pack" ? made : packPanel(made, step),
    withLoops(kernel, nests),
  );
};

const withLoops = (kernel: Kernel, nests: readonly Nest[]): Kernel => {
  const nestOf = new Map<Stmt, Nest>(nests.map((nest) => [nest.head, nest]));
  const rewrite = (stmts: readonly Stmt[]): readonly Stmt[] =>
    stmts.flatMap((stmt): readonly Stmt[] => {
      const nest = nestOf.get(stmt);
      if (nest !== undefined) return writeLoops(nest.axes, rewrite(nest.body));
      if (stmt.kind !== "if" && stmt.kind !== "for") return [stmt];
      return [{ ...stmt, body: rewrite(stmt.body) }];
    });
  return { ...kernel, body: rewrite(kernel.body) };
};

/** Loops over `axes`, outermost first: whole tiles, then what is left of them. */
const writeLoops = (axes: readonly NestAxis[], body: readonly Stmt[]): readonly Stmt[] => {
  const [first, ...rest] = axes;
  if (first === undefined) return body;
  const { name, extent, range, role, part } = first;
  if (part?.outer !== name) return [loop(name, extent, writeLoops(rest, body), role, range)];
  return [...wholeTiles(first, part, rest, body), ...remainder(part, rest, body)];
};

const wholeTiles = (
  outer: NestAxis,
  { of, by, inner }: SplitPart,
  rest: readonly NestAxis[],
  body: readonly Stmt[],
): readonly Stmt[] => {
  if (outer.extent === 0) return [];
  // One tile needs no loop.
  const isOne = outer.extent === 1 && outer.range === null;
  const start = isOne ? int(0) : mulI(axis(outer.name), int(by));
  const replace = createRebuild((e) =>
    e.kind === "axis" && e.name === of ? addI(start, axis(inner)) : null,
  );
  const axes = rest.map((a): NestAxis => {
    const part = a.part === null ? null : { ...a.part, left: mapRange(a.part.left, replace) };
    return { ...a, range: mapRange(a.range, replace), part };
  });
  const inside = writeLoops(axes, mapStmts(body, replace));
  return isOne ? inside : [loop(outer.name, outer.extent, inside, outer.role, outer.range)];
};

/** The axis that was split, from the end of the last whole tile. */
const remainder = (
  { of, extent, left, by, inner }: SplitPart,
  rest: readonly NestAxis[],
  body: readonly Stmt[],
): readonly Stmt[] => {
  const whole = mul(floorDiv(extent, by), by);
  if (left === null && equalDims(whole, extent)) return [];
  const { role } = rest.find((a) => a.name === inner)!;
  const range = left ?? (whole === 0 ? null : { from: size(whole), to: size(extent) });
  const rounds = roundsOf({ extent, range });
  if (rounds?.length === 0 || (range !== null && isEmpty(range))) return [];
  const isKnown = rounds !== null;
  const again = (own: AxisRole): NestAxis => ({ name: of, extent, range, role: own, part: null });
  const axes =
    role !== "unroll" || isKnown
      ? rest.map((a) => (a.name === inner ? again(role) : a))
      : [again("spatial"), ...rest.filter((a) => a.name !== inner)];
  return writeLoops(axes, body);
};

/** Whether a range ends where it begins, whatever the axes are. */
const isEmpty = ({ from, to }: AxisRange): boolean => {
  const length = affineOf(subI(to, from));
  return length?.constant === 0 && length.coefficients.size === 0;
};
