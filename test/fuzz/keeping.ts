// What the loops of a program keep for their gradients, as memory budgets make them.

import type { Keeping } from "../../compiler/passes/keep-less.ts";
import type { Program } from "./program.ts";

export const hasScans = ({ statements }: Program): boolean =>
  statements.some(({ rule }) => rule.startsWith("scan_"));

/** All that is slow to compute again, or less. */
export const keepingOf = (program: Program): Keeping | null =>
  hasScans(program) ? ([null, "carries", "segments"] as const)[(program.seed >> 2) % 3]! : null;
