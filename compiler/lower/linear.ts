// Index expressions as sums of atoms with sizes as coefficients.

import * as dim from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { dimOf } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Interner } from "./intern.ts";

/** `constant + Σ coefficient · atom`; an atom is an axis or an i32 expression that is not a sum. */
export type Linear = {
  readonly constant: Dim;
  readonly terms: readonly { readonly atom: Expr; readonly coefficient: Dim }[];
};

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
