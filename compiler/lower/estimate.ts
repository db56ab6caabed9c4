// Sizes as numbers to plan with: their bound, or a representative where there is none.

import { evaluateDim, representativeSize, symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { SizeDecl } from "../ir/graph.ts";

/** Every size at its bound, or at the representative. */
export const sizesToPlanWith = (sizes: readonly SizeDecl[]): ReadonlyMap<string, number> => {
  const env = new Map<string, number>();
  const limits = new Map(sizes.map((s) => [s.name, s.max]));
  const resolve = (name: string, open: readonly string[]): number => {
    const known = env.get(name);
    if (known !== undefined) return known;
    const max = limits.get(name) ?? null;
    const inner = max === null ? [] : symbolsOf(max);
    const solvable = max !== null && inner.every((s) => limits.has(s) && !open.includes(s));
    for (const s of solvable ? inner : []) resolve(s, [...open, name]);
    const value = solvable ? evaluateDim(max, env) : representativeSize;
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
