// Rebuilds expressions bottom-up, sharing kept: every node is visited once.

import {
  addI,
  andB,
  divI,
  eqI,
  leI,
  ltI,
  modI,
  mulI,
  notB,
  orB,
  select,
  subI,
} from "../kernel/build.ts";
import type { AxisRange, Expr, ReduceAxis, ScalarFn } from "../kernel/expr.ts";

/** Gives the replacement of a node whose children are already replaced, or null to keep it. */
export type Replace = (expr: Expr) => Expr | null;

/** A rewriter with a memory of its own: sharing is kept between the expressions given to it. */
export const createRebuild = (replace: Replace): ((expr: Expr) => Expr) => {
  const done = new Map<Expr, Expr>();
  const indices = new Map<Expr, boolean>();
  /** Arithmetic on axes and sizes alone, which cannot overflow; that of data wraps at 32 bits. */
  const isIndex = (expr: Expr): boolean => {
    const known = indices.get(expr);
    if (known !== undefined) return known;
    const found =
      expr.kind === "call"
        ? expr.args.every(isIndex)
        : expr.kind !== "load" && expr.kind !== "reduce";
    indices.set(expr, found);
    return found;
  };
  const rebuild = (expr: Expr): Expr => {
    const known = done.get(expr);
    if (known !== undefined) return known;
    const inner = withChildren(expr, rebuild, isIndex);
    // Folding may leave one of the children, which has been replaced already.
    const made = inner.kind === expr.kind ? (replace(inner) ?? inner) : inner;
    done.set(expr, made);
    return made;
  };
  return rebuild;
};

const withChildren = (
  expr: Expr,
  rebuild: (e: Expr) => Expr,
  isIndex: (e: Expr) => boolean,
): Expr => {
  switch (expr.kind) {
    case "load": {
      const index = expr.index.map(rebuild);
      return same(index, expr.index) ? expr : { ...expr, index };
    }
    case "call": {
      const args = expr.args.map(rebuild);
      if (same(args, expr.args)) return expr;
      return args[0]!.dtype === "i32" && !args.every(isIndex)
        ? { ...expr, args }
        : refold({ ...expr, args });
    }
    case "reduce": {
      const axes = expr.axes.map((axis) => withRange(axis, rebuild));
      const body = rebuild(expr.body);
      const where = expr.where === null ? null : withoutTrue(rebuild(expr.where));
      const kept =
        body === expr.body &&
        where === expr.where &&
        axes.every((axis, k) => axis === expr.axes[k]);
      return kept ? expr : { ...expr, axes, where, body };
    }
    default:
      return expr;
  }
};

/** A guard that always holds is none. */
const withoutTrue = (where: Expr): Expr | null =>
  where.kind === "number" && where.value !== 0 ? null : where;

const withRange = (axis: ReduceAxis, rebuild: (e: Expr) => Expr): ReduceAxis => {
  if (axis.range === null) return axis;
  const range: AxisRange = { from: rebuild(axis.range.from), to: rebuild(axis.range.to) };
  return range.from === axis.range.from && range.to === axis.range.to ? axis : { ...axis, range };
};

const same = (a: readonly Expr[], b: readonly Expr[]): boolean => a.every((e, i) => e === b[i]);

type Call = Extract<Expr, { kind: "call" }>;

const integerFolds: { readonly [F in ScalarFn]?: (a: Expr, b: Expr) => Expr } = {
  add: addI,
  sub: subI,
  mul: mulI,
  div: divI,
  mod: modI,
  lt: ltI,
  le: leI,
  eq: eqI,
};

/** A call again through the folding constructors, where its arguments are whole numbers or truth values. */
const refold = (call: Call): Expr => {
  const [a, b, c] = call.args;
  if (call.fn === "and" || (call.fn === "min" && call.dtype === "bool")) return andB(a!, b!);
  if (call.fn === "or") return orB(a!, b!);
  if (call.fn === "not") return notB(a!);
  if (call.fn === "select") return select(a!, b!, c!);
  const fold = integerFolds[call.fn];
  return fold !== undefined && a!.dtype === "i32" ? fold(a!, b!) : call;
};
