// What has to hold of positions for an expression not to be 0: the guards of padding that its factors are read through.

import type { Expr } from "../../kernel/expr.ts";
import { isIndex } from "../access.ts";

/** A function of interned expressions: conditions on axes and sizes, without any of which one is 0. */
export const createNonzero = (): ((expr: Expr) => ReadonlySet<Expr>) => {
  const known = new Map<Expr, ReadonlySet<Expr>>();
  const nonzero = (expr: Expr): ReadonlySet<Expr> => {
    const found = known.get(expr) ?? find(expr);
    known.set(expr, found);
    return found;
  };
  const find = (expr: Expr): ReadonlySet<Expr> => {
    if (expr.kind !== "call" || expr.dtype !== "f32") return none;
    const [a, b, c] = expr.args;
    switch (expr.fn) {
      case "mul":
        return new Set([...nonzero(a!), ...nonzero(b!)]);
      case "div":
      case "neg":
        return nonzero(a!);
      case "add":
      case "sub":
        return shared(a!, b!);
      case "select":
        return isZero(c!) ? new Set([...partsOf(a!), ...nonzero(b!)]) : shared(b!, c!);
      default:
        return none;
    }
  };
  /** Those of both sides; 0 is 0 under any. */
  const shared = (a: Expr, b: Expr): ReadonlySet<Expr> => {
    if (isZero(a) || isZero(b)) return nonzero(isZero(a) ? b : a);
    const others = nonzero(b);
    return new Set([...nonzero(a)].filter((condition) => others.has(condition)));
  };
  return nonzero;
};

const none: ReadonlySet<Expr> = new Set();

const isZero = (expr: Expr): boolean => expr.kind === "number" && expr.value === 0;

/** Conditions that hold wherever one does, of axes and sizes alone. */
const partsOf = (condition: Expr): readonly Expr[] => {
  if (condition.kind !== "call") return [];
  if (condition.fn === "and" || (condition.fn === "min" && condition.dtype === "bool"))
    return condition.args.flatMap(partsOf);
  return isIndex(condition) ? [condition] : [];
};
