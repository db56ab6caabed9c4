// A small repeatable source of numbers and random sizes for property tests.

import {
  add,
  ceilDiv,
  floorDiv,
  maxDim,
  minDim,
  mod,
  mul,
  sub,
  symbol,
} from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";

export type Random = { readonly below: (n: number) => number; readonly unit: () => number };

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { unit, below: (n) => Math.floor(unit() * n) };
}

/** A size together with what it means, computed without the normal form. */
export type Meant = {
  readonly dim: Dim;
  readonly at: (env: ReadonlyMap<string, number>) => number;
};

export const names = ["B", "T", "H"];

export function randomDim(random: Random, depth: number): Meant {
  if (depth === 0) {
    const value = random.below(9) - 3;
    if (random.below(3) === 0) return { dim: value, at: () => value };
    const name = names[random.below(names.length)] ?? "B";
    return { dim: symbol(name), at: (env) => env.get(name) ?? NaN };
  }
  const a = randomDim(random, depth - 1);
  const b = randomDim(random, depth - 1);
  const c = random.below(7) + 1;
  const floorMod = (n: number, d: number): number => ((n % d) + d) % d;
  switch (random.below(9)) {
    case 0:
      return { dim: add(a.dim, b.dim), at: (e) => a.at(e) + b.at(e) };
    case 1:
      return { dim: sub(a.dim, b.dim), at: (e) => a.at(e) - b.at(e) };
    case 2:
      return { dim: mul(a.dim, b.dim), at: (e) => a.at(e) * b.at(e) };
    case 3:
      return { dim: floorDiv(a.dim, c), at: (e) => Math.floor(a.at(e) / c) };
    case 4:
      return { dim: ceilDiv(a.dim, -c), at: (e) => Math.ceil(a.at(e) / -c) };
    case 5:
      return { dim: mod(a.dim, c), at: (e) => floorMod(a.at(e), c) };
    case 6: {
      const name = names[random.below(names.length)] ?? "B";
      const by = mul(c, symbol(name));
      return {
        dim: floorDiv(a.dim, by),
        at: (e) => Math.floor(a.at(e) / (c * (e.get(name) ?? 0))),
      };
    }
    case 7:
      return { dim: minDim(a.dim, b.dim), at: (e) => Math.min(a.at(e), b.at(e)) };
    default:
      return { dim: maxDim(a.dim, b.dim), at: (e) => Math.max(a.at(e), b.at(e)) };
  }
}

export function randomSizes(random: Random, max: number): ReadonlyMap<string, number> {
  return new Map(names.map((name) => [name, random.below(max) + 1]));
}
