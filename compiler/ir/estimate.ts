// Sizes as numbers to plan with: their bound, or a representative where there is none.

import { sizeBounds, upperBound } from "./dim-proof.ts";
import { evaluateDim, representativeSize, symbolsOf, termsOf } from "./dim.ts";
import type { Atom, Dim } from "./dim.ts";
import type { SizeDecl } from "./graph.ts";

/** Every size at its bound, or at `unbounded`. */
export const sizesToPlanWith = (
  sizes: readonly SizeDecl[],
  unbounded = representativeSize,
): ReadonlyMap<string, number> => {
  const env = new Map<string, number>();
  const limits = new Map(sizes.map((s) => [s.name, s.max]));
  const resolve = (name: string, open: readonly string[]): number => {
    const known = env.get(name);
    if (known !== undefined) return known;
    const max = limits.get(name) ?? null;
    const inner = max === null ? [] : symbolsOf(max);
    const solvable = max !== null && inner.every((s) => limits.has(s) && !open.includes(s));
    for (const s of solvable ? inner : []) resolve(s, [...open, name]);
    const value = solvable ? evaluateDim(max, env) : unbounded;
    env.set(name, value);
    return value;
  };
  for (const { name } of sizes) resolve(name, [name]);
  return env;
};

export const estimateDim = (sizes: readonly SizeDecl[]): ((dim: Dim) => number) => {
  const env = sizesToPlanWith(sizes);
  return (dim) => evaluateDim(dim, env);
};

/** What a dim never exceeds, whatever the sizes are up to their bounds; null where nothing is proved. */
export const mostOfDim = (sizes: readonly SizeDecl[]): ((dim: Dim) => number | null) => {
  const [env, bounds] = [sizesToPlanWith(sizes), sizeBounds(sizes)];
  const bounded = sizes.every(({ max }) => max !== null);
  return (dim) => {
    if (bounded && growsWithSizes(dim)) return evaluateDim(dim, env);
    return upperBound(dim, bounds);
  };
};

/** Whether larger sizes are sure to make a dim no smaller. */
const growsWithSizes = (dim: Dim): boolean =>
  termsOf(dim).every(
    ({ coefficient, factors }) =>
      factors.length === 0 || (coefficient > 0 && factors.every(atomGrows)),
  );

const atomGrows = (atom: Atom): boolean =>
  atom.kind === "symbol" ||
  (atom.kind === "floor" && typeof atom.by === "number" && growsWithSizes(atom.of)) ||
  ((atom.kind === "min" || atom.kind === "max") &&
    growsWithSizes(atom.of) &&
    growsWithSizes(atom.by));
