// Gives structurally equal expressions one object, so that sharing is identity and costs no text.

import { dimKey } from "../ir/dim.ts";
import type { AxisRange, Expr, ReduceAxis } from "../kernel/expr.ts";

export type Interner = {
  /** The one object of that structure. Its children are interned too. */
  readonly intern: (expr: Expr) => Expr;
  /** A number that only structurally equal expressions share. */
  readonly id: (expr: Expr) => number;
};

export const createInterner = (): Interner => {
  const canonical = new Map<Expr, Expr>();
  const byKey = new Map<string, Expr>();
  const ids = new Map<Expr, number>();

  const unique = (key: string, expr: Expr): Expr => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    byKey.set(key, expr);
    ids.set(expr, ids.size);
    canonical.set(expr, expr);
    return expr;
  };
  const internAll = (list: readonly Expr[]): readonly Expr[] => list.map(intern);
  const idsOf = (list: readonly Expr[]): string => list.map((e) => ids.get(e)!).join(",");

  const internAxis = (axis: ReduceAxis): ReduceAxis =>
    axis.range === null
      ? axis
      : { ...axis, range: { from: intern(axis.range.from), to: intern(axis.range.to) } };

  const build = (expr: Expr): Expr => {
    switch (expr.kind) {
      case "number": {
        const value = Object.is(expr.value, -0) ? "-0" : String(expr.value);
        return unique(`n${expr.dtype}${value}`, expr);
      }
      case "size":
        return unique(`s${dimKey(expr.dim)}`, expr);
      case "axis":
        return unique(`a${expr.name}`, expr);
      case "local":
        return unique(`l${expr.dtype}:${expr.name}`, expr);
      case "load": {
        const index = internAll(expr.index);
        return unique(`@${expr.dtype}${expr.buffer}[${idsOf(index)}]`, { ...expr, index });
      }
      case "call": {
        const args = internAll(expr.args);
        return unique(`${expr.fn}:${expr.dtype}(${idsOf(args)})`, { ...expr, args });
      }
      case "reduce": {
        const body = intern(expr.body);
        const axes = expr.axes.map(internAxis);
        const keys = axes.map(
          ({ name, extent, range }) => `${name}<${dimKey(extent)}:${idsOf(endsOf(range))}`,
        );
        const where = expr.where === null ? null : intern(expr.where);
        const held = where === null ? "" : `?${ids.get(where)!}`;
        const key = `r${expr.op}:${keys.join(";")}${held}(${ids.get(body)!})`;
        return unique(key, { ...expr, axes, where, body });
      }
    }
  };

  const intern = (expr: Expr): Expr => {
    const known = canonical.get(expr);
    if (known !== undefined) return known;
    const made = build(expr);
    canonical.set(expr, made);
    return made;
  };

  return { intern, id: (expr) => ids.get(intern(expr))! };
};

/** Both ends of a range. */
export const endsOf = (range: AxisRange | null): readonly Expr[] =>
  range === null ? [] : [range.from, range.to];

/** What of a reduction is evaluated though it may have no element. */
const outsideOf = ({ axes, where }: Extract<Expr, { kind: "reduce" }>): readonly Expr[] => [
  ...axes.flatMap((a) => endsOf(a.range)),
  ...(where === null ? [] : [where]),
];

/**
 * Expressions that are evaluated whenever an expression is; of a guarded one only the guard, and sums of both branches.
 * Those are looked for once per expression.
 */
export const createUnguarded = (): ((expr: Expr) => readonly Expr[]) => {
  const known = new Map<Expr, readonly Expr[]>();
  return (expr) => {
    const found = known.get(expr) ?? unguardedOf(expr);
    known.set(expr, found);
    return found;
  };
};

const unguardedOf = (expr: Expr): readonly Expr[] => {
  if (expr.kind === "call" && expr.fn === "select") {
    const [condition, then, otherwise] = expr.args;
    const others = reductionsOf(otherwise!);
    return [condition!, ...[...reductionsOf(then!)].filter((e) => others.has(e))];
  }
  return expr.kind === "reduce" && expr.where !== null ? outsideOf(expr) : childrenOf(expr);
};

/** Reductions that an expression is sure to compute. */
const reductionsOf = (expr: Expr): ReadonlySet<Expr> => {
  const found = new Set<Expr>();
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind === "reduce") found.add(e);
    else if (e.kind === "call" && e.fn === "select") visit(e.args[0]!);
    else childrenOf(e).forEach(visit);
  };
  visit(expr);
  return found;
};

/** Expressions an expression is made of. */
export const childrenOf = (expr: Expr): readonly Expr[] => {
  switch (expr.kind) {
    case "load":
      return expr.index;
    case "call":
      return expr.args;
    case "reduce":
      return [...outsideOf(expr), expr.body];
    default:
      return [];
  }
};
