// Takes guards that are known to hold, or not to, out of expressions.

import type { Bounds } from "../ir/dim-proof.ts";
import { decide } from "../kernel/affine.ts";
import type { Extents } from "../kernel/affine.ts";
import { bool, call, int, leI, ltI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { isIndex } from "./access.ts";
import { createRebuild } from "./rebuild.ts";

/** What is left where axes run over these extents. */
export const createSettle = (extents: Extents, bounds: Bounds): ((expr: Expr) => Expr) =>
  createRebuild((e) => {
    if (e.dtype !== "bool" || !isIndex(e)) return withoutZero(e);
    const holds = decide(e, extents, bounds);
    return holds === null ? null : bool(holds);
  });

/** What is less than a divisor is its own rest, and as a quotient 0. */
export const withoutDivision = (e: Expr, extents: Extents, bounds: Bounds): Expr | null => {
  if (e.kind !== "call" || (e.fn !== "div" && e.fn !== "mod") || !isIndex(e)) return null;
  const [of, by] = e.args as readonly [Expr, Expr];
  const isLess = decide(ltI(of, by), extents, bounds) === true;
  const isWhole = decide(leI(int(0), of), extents, bounds) === true;
  return isLess && isWhole ? (e.fn === "div" ? int(0) : of) : null;
};

/** Another 0 changes nothing where one is added already: only -0 + 0 is another number than -0. A 0 that stays comes last. */
const withoutZero = (e: Expr): Expr | null => {
  if (e.kind !== "call" || e.fn !== "add" || e.dtype !== "f32") return null;
  const [a, b] = e.args as readonly [Expr, Expr];
  if (isZero(a)) return isNoNegativeZero(b) ? b : call("add", b, a);
  return isZero(b) && isNoNegativeZero(a) ? a : null;
};

const isZero = (e: Expr): boolean => e.kind === "number" && Object.is(e.value, 0);

const isNoNegativeZero = (e: Expr): boolean =>
  isZero(e) || (e.kind === "call" && e.fn === "add" && e.args.some(isNoNegativeZero));
