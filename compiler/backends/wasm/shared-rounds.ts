// Rounds of an axis that are not all of it, as variables that scopes know beside the axis: those of this thread, and those
// between ends that are worked out where its loop begins.

import { int, local, size } from "../../kernel/build.ts";
import type { AxisRange } from "../../kernel/expr.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { Local } from "./instructions.ts";
import { bindingOf } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";

export type SharedRounds = { readonly from: Local; readonly to: Local };

const [fromName, toName] = ["first of ", "end of "];

export const bindShare = (
  axis: GridAxis,
  { from, to }: SharedRounds,
): readonly [string, Binding][] => [
  [fromName + axis.name, { local: from, differs: false }],
  [toName + axis.name, { local: to, differs: false }],
];

const [startName, stopName] = ["start of ", "stop of "];

/** These may begin and end anywhere; those of threads begin at multiples of the largest tiles. */
export const bindRange = (
  axis: string,
  { from, to }: SharedRounds,
): readonly (readonly [string, Binding])[] => [
  [startName + axis, { local: from, differs: false }],
  [stopName + axis, { local: to, differs: false }],
];

export const rangedRounds = (scope: Scope, axis: string): SharedRounds | null => {
  const [from, to] = [bindingOf(scope, startName + axis), bindingOf(scope, stopName + axis)];
  return from === null || to === null ? null : { from: from.local, to: to.local };
};

export const sharedRounds = (scope: Scope, axis: string): SharedRounds | null => {
  const ranged = rangedRounds(scope, axis);
  if (ranged !== null) return ranged;
  const [from, to] = [bindingOf(scope, fromName + axis), bindingOf(scope, toName + axis)];
  return from === null || to === null ? null : { from: from.local, to: to.local };
};

/** The same as expressions. */
export const sharedRange = (scope: Scope, axis: string): AxisRange | null => {
  const [from, to] =
    rangedRounds(scope, axis) === null ? [fromName, toName] : [startName, stopName];
  if (bindingOf(scope, from + axis) === null) return null;
  return { from: local(from + axis, "i32"), to: local(to + axis, "i32") };
};

/** Rounds that the scope has of an axis, or all. */
export const rangeOf = (scope: Scope, { name, extent }: GridAxis): AxisRange =>
  sharedRange(scope, name) ?? { from: int(0), to: size(extent) };
