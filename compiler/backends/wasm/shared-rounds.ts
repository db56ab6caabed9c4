// Rounds of a split axis that are those of this thread: variables that scopes know beside the axis.

import { local } from "../../kernel/build.ts";
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

export const sharedRounds = (scope: Scope, axis: string): SharedRounds | null => {
  const [from, to] = [bindingOf(scope, fromName + axis), bindingOf(scope, toName + axis)];
  return from === null || to === null ? null : { from: from.local, to: to.local };
};

/** The same as expressions. */
export const sharedRange = (scope: Scope, axis: string): AxisRange | null => {
  if (sharedRounds(scope, axis) === null) return null;
  return { from: local(fromName + axis, "i32"), to: local(toName + axis, "i32") };
};
