// Index expressions as sums of atoms with sizes as coefficients, and what their bounds prove.

import * as dim from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import type { Bounds } from "../ir/dim-proof.ts";
import { dimOf } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Interner } from "./intern.ts";

/** `constant + Σ coefficient · atom`; an atom is an axis or an i32 expression that is not a sum. */
export type Linear = {
  readonly constant: Dim;
  readonly terms: readonly { readonly atom: Expr; readonly coefficient: Dim }[];
};

/** The value of an axis lies in 0 .. extent - 1. */
export type Extents = ReadonlyMap<string, Dim>;

const constantOf = (constant: Dim): Linear => ({ constant, terms: [] });

export const scaleLinear = (a: Linear, by: Dim): Linear => ({
  constant: dim.mul(a.constant, by),
  terms:
    by === 0 ? [] : a.terms.map((t) => ({ atom: t.atom, coefficient: dim.mul(t.coefficient, by) })),
});

export const addLinear = (a: Linear, b: Linear): Linear => {
  const sums = new Map<Expr, Dim>(a.terms.map((t) => [t.atom, t.coefficient]));
  for (const t of b.terms) sums.set(t.atom, dim.add(sums.get(t.atom) ?? 0, t.coefficient));
  const terms = [...sums].map(([atom, coefficient]) => ({ atom, coefficient }));
  return {
    constant: dim.add(a.constant, b.constant),
    terms: terms.filter((t) => t.coefficient !== 0),
  };
};

/** Atoms are interned, so equal atoms merge. */
export const linearOf = (expr: Expr, interner: Interner): Linear => {
  const of = (e: Expr): Linear => {
    const known = dimOf(e);
    if (known !== null) return constantOf(known);
    if (e.kind === "call" && e.dtype === "i32") {
      const [a, b] = e.args;
      if (e.fn === "add") return addLinear(of(a!), of(b!));
      if (e.fn === "sub") return addLinear(of(a!), scaleLinear(of(b!), -1));
      if (e.fn === "neg") return scaleLinear(of(a!), -1);
      if (e.fn === "mul") {
        const [x, y] = [of(a!), of(b!)];
        if (y.terms.length === 0) return scaleLinear(x, y.constant);
        if (x.terms.length === 0) return scaleLinear(y, x.constant);
      }
    }
    return { constant: 0, terms: [{ atom: interner.intern(e), coefficient: 1 }] };
  };
  return of(expr);
};

type Reach = { readonly lo: Dim | null; readonly hi: Dim | null };

const reachOfAtom = (atom: Expr, extents: Extents, interner: Interner, bounds: Bounds): Reach => {
  if (atom.kind === "axis") {
    const extent = extents.get(atom.name);
    return { lo: 0, hi: extent === undefined ? null : dim.sub(extent, 1) };
  }
  if (atom.kind !== "call") return { lo: null, hi: null };
  const divisor = atom.args[1] === undefined ? null : dimOf(atom.args[1]);
  if (divisor === null || proveAtLeast(divisor, 1, bounds) !== "yes") return { lo: null, hi: null };
  if (atom.fn === "mod") return { lo: 0, hi: dim.sub(divisor, 1) };
  if (atom.fn !== "div") return { lo: null, hi: null };
  const of = reachOf(linearOf(atom.args[0]!, interner), extents, interner, bounds);
  return {
    lo: of.lo === null ? null : dim.floorDiv(of.lo, divisor),
    hi: of.hi === null ? null : dim.floorDiv(of.hi, divisor),
  };
};

/** Least and greatest value over all positions of the axes, null where not known. */
export const reachOf = (
  linear: Linear,
  extents: Extents,
  interner: Interner,
  bounds: Bounds,
): Reach => {
  let [lo, hi]: [Dim | null, Dim | null] = [linear.constant, linear.constant];
  for (const { atom, coefficient } of linear.terms) {
    const reach = reachOfAtom(atom, extents, interner, bounds);
    const up = proveAtLeast(coefficient, 0, bounds) === "yes";
    if (!up && proveAtLeast(dim.neg(coefficient), 0, bounds) !== "yes")
      return { lo: null, hi: null };
    const [low, high] = up ? [reach.lo, reach.hi] : [reach.hi, reach.lo];
    lo = lo === null || low === null ? null : dim.add(lo, dim.mul(coefficient, low));
    hi = hi === null || high === null ? null : dim.add(hi, dim.mul(coefficient, high));
  }
  return { lo, hi };
};

/** Whether 0 <= index < extent whatever the axes are. */
export const provedInside = (
  index: Expr,
  extent: Dim,
  extents: Extents,
  interner: Interner,
  bounds: Bounds,
): boolean => {
  const { lo, hi } = reachOf(linearOf(index, interner), extents, interner, bounds);
  if (lo === null || hi === null) return false;
  return (
    proveAtLeast(lo, 0, bounds) === "yes" &&
    proveAtLeast(dim.sub(dim.sub(extent, 1), hi), 0, bounds) === "yes"
  );
};
