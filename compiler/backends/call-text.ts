// Writes where the arguments of a dispatch lie, in words from the start of the heap.

import type { Arg, Position } from "../lower/plan.ts";
import { spellSize } from "./typescript/emit-size.ts";

/** Offsets of slots are `o`; `loops`: the variables of the loops around, outermost first. */
export const argText = (arg: Arg, loops: readonly string[]): string => {
  const start = arg.kind === "stored" ? String(arg.offset) : `o[${arg.slot}]!`;
  return [start, ...arg.at.map((position) => positionText(position, loops))].join(" + ");
};

/** `t * 10`, `((t + 1) & 1) * (B * 10)` */
const positionText = (
  { loop, shift, alternates, stride }: Position,
  loops: readonly string[],
): string => {
  const name = loop === null ? null : loops[loop]!;
  const sum =
    name === null ? spellSize(shift) : shift === 0 ? name : `${name} + ${spellSize(shift)}`;
  const index = /^\w+$/.test(sum) ? sum : `(${sum})`;
  const words = spellSize(stride);
  const by = /^\w+$/.test(words) ? words : `(${words})`;
  return alternates ? `(${index} & 1) * ${by}` : `${index} * ${by}`;
};
