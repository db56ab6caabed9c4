// Solves conditions for an axis: where along it they hold.

import { mod } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { addI, divI, int, modI, mulI, size, subI } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { createFreeAxes } from "../access.ts";
import type { Interner } from "../intern.ts";
import { addLinear, linearOf, scaleLinear } from "../linear.ts";
import type { Linear } from "../linear.ts";

/** Only every `stride`-th position from `phase` on; `of`: what is a multiple of the stride there. */
export type Every = {
  readonly stride: number;
  readonly phase: Expr;
  readonly of: Linear;
  /** What `of` divided by the stride is at round `round`. */
  readonly quotient: (round: Expr) => Expr;
};

/** A first position or one before which it ends, whichever is not null. */
export type End = { readonly from: Expr | null; readonly to: Expr | null };

export type Solver = {
  /** Where a condition says that a sum of positions is a multiple. */
  readonly every: (condition: Expr, axis: string) => Every | null;
  /** Where a condition is an inequality between sums of positions. */
  readonly end: (condition: Expr, axis: string) => End | null;
};

/** `coefficient · axis + rest` */
type Split = { readonly coefficient: number; readonly rest: Linear };

export const createSolver = (interner: Interner): Solver => {
  const freeAxes = createFreeAxes();

  const splitBy = (sum: Linear, axis: string): Split | null => {
    const own = sum.terms.find(({ atom }) => atom.kind === "axis" && atom.name === axis);
    const others = sum.terms.filter((t) => t !== own);
    if (own === undefined || typeof own.coefficient !== "number") return null;
    if (others.some(({ atom }) => freeAxes(atom).has(axis))) return null;
    return { coefficient: own.coefficient, rest: { constant: sum.constant, terms: others } };
  };

  const every = (condition: Expr, axis: string): Every | null => {
    const found = multipleIn(condition);
    if (found === null) return null;
    const { stride } = found;
    const of = linearOf(found.of, interner);
    const split = splitBy(of, axis);
    if (split === null) return null;
    const { coefficient, rest } = split;
    // So many steps of the sum are one position further, modulo the stride.
    const steps = Array.from({ length: stride }, (_, k) => k);
    const inverse = steps.find((k) => mod(k * coefficient, stride) === 1);
    if (inverse === undefined) return null;
    const phase = modI(sumOf(reduced(scaleLinear(rest, stride - inverse), stride)), int(stride));
    // At round 0. A sum with all of its position is rounded to the next multiple, up or down.
    const start =
      coefficient === 1
        ? addLinear(rest, constant(stride - 1))
        : coefficient === -1
          ? rest
          : addLinear(rest, scaleLinear(linearOf(phase, interner), coefficient));
    const first = divI(sumOf(start), int(stride));
    return {
      stride,
      phase,
      of,
      quotient: (round) => addI(mulI(round, int(coefficient)), first),
    };
  };

  const end = (condition: Expr, axis: string): End | null => {
    if (condition.kind !== "call" || (condition.fn !== "le" && condition.fn !== "lt")) return null;
    const [low, high] = condition.args;
    if (low!.dtype !== "i32") return null;
    // At least 0 where the condition holds.
    const over = addLinear(
      addLinear(linearOf(high!, interner), scaleLinear(linearOf(low!, interner), -1)),
      constant(condition.fn === "le" ? 0 : -1),
    );
    const split = splitBy(over, axis);
    if (split === null) return null;
    const { coefficient, rest } = split;
    const by = Math.abs(coefficient);
    if (coefficient < 0)
      return { from: null, to: divI(sumOf(addLinear(rest, constant(by))), int(by)) };
    const up = addLinear(scaleLinear(rest, -1), constant(by - 1));
    return { from: divI(sumOf(up), int(by)), to: null };
  };
  return { every, end };
};

const constant = (value: number): Linear => ({ constant: value, terms: [] });

/** `mod(x, s) = 0`, as `eq` or as `lt 1`. */
const multipleIn = (condition: Expr): { readonly of: Expr; readonly stride: number } | null => {
  if (condition.kind !== "call") return null;
  const [a, b] = condition.args;
  const least = condition.fn === "eq" ? 0 : condition.fn === "lt" ? 1 : null;
  if (a?.kind !== "call" || a.fn !== "mod" || b?.kind !== "number" || b.value !== least)
    return null;
  const [of, by] = a.args;
  return by!.kind === "number" && by!.value > 1 ? { of: of!, stride: by!.value } : null;
};

/** The same modulo a number, with no negative coefficients where these are numbers. */
const reduced = (sum: Linear, by: number): Linear => {
  const of = (dim: Dim): Dim => (typeof dim === "number" ? mod(dim, by) : dim);
  return {
    constant: of(sum.constant),
    terms: sum.terms
      .map(({ atom, coefficient }) => ({ atom, coefficient: of(coefficient) }))
      .filter(({ coefficient }) => coefficient !== 0),
  };
};

/** As an expression: what is added first, then what is taken off. */
const sumOf = ({ constant: whole, terms }: Linear): Expr => {
  const isTaken = (dim: Dim): boolean => typeof dim === "number" && dim < 0;
  const added = terms.filter((t) => !isTaken(t.coefficient));
  const taken = terms.filter((t) => isTaken(t.coefficient));
  const sums = added.map(({ atom, coefficient }) => mulI(atom, size(coefficient)));
  return taken.reduce(
    (made, { atom, coefficient }) => subI(made, mulI(atom, int(-(coefficient as number)))),
    [...sums, size(whole)].reduce(addI),
  );
};
