// An axis of which only every n-th position counts, as one that has only those.

import { add, ceilDiv, floorDiv, mod } from "../../ir/dim.ts";
import { addI, axis as axisOf, divI, int, mulI, size, subI } from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Interner } from "../intern.ts";
import { addLinear, linearOf, scaleLinear } from "../linear.ts";
import { createRebuild } from "../rebuild.ts";
import type { Every } from "./positions.ts";

export type EveryNth = {
  readonly axis: ReduceAxis;
  /** What depends on the axis as it was, on the new one. */
  readonly at: (expr: Expr) => Expr;
  /** Where it ends, if that is not the same for each phase. */
  readonly to: readonly Expr[];
};

export const everyNth = (
  { name, extent }: ReduceAxis,
  { stride, phase, of, quotient }: Every,
  round: string,
  interner: Interner,
): EveryNth => {
  // A sum that differs from a multiple by a number has only that of a remainder.
  const divided = createRebuild((e) => {
    if (e.kind !== "call" || (e.fn !== "div" && e.fn !== "mod")) return null;
    const [sum, by] = e.args;
    if (by!.kind !== "number" || by!.value !== stride) return null;
    const { constant, terms } = addLinear(linearOf(sum!, interner), scaleLinear(of, -1));
    if (terms.length > 0) return null;
    if (e.fn === "mod") return size(mod(constant, stride));
    return addI(quotient(axisOf(round)), size(floorDiv(constant, stride)));
  });
  const position = addI(phase, mulI(axisOf(round), int(stride)));
  const placed = createRebuild((e) => (e.kind === "axis" && e.name === name ? position : null));
  const isWhole = mod(extent, stride) === 0;
  const end = divI(subI(size(add(extent, stride - 1)), phase), int(stride));
  return {
    axis: { name: round, extent: ceilDiv(extent, stride), range: null },
    at: (e) => placed(divided(e)),
    to: isWhole ? [] : [end],
  };
};
