// What holds for a size whatever its symbols are: bounds and inequalities, by a short list of lemmas.

import {
  add,
  atomKey,
  evaluateDim,
  fromAtom,
  mapAtoms,
  neg,
  product,
  sub,
  substitute,
  symbol,
  symbolsOf,
  termsOf,
} from "./dim.ts";
import type { Atom, Dim } from "./dim.ts";

/** Upper bounds of symbols. Every symbol is at least 1. */
export type Bounds = ReadonlyMap<string, Dim>;
/** Integers from `lo` to `hi`, either of which may be infinite. */
export type Interval = { readonly lo: number; readonly hi: number };

/** The bounds that declared sizes carry. */
export function sizeBounds(
  sizes: readonly { readonly name: string; readonly max: Dim | null }[],
): Bounds {
  return new Map(sizes.flatMap(({ name, max }) => (max === null ? [] : [[name, max] as const])));
}

/** An interval that `dim` never leaves; not always the smallest. */
export function boundsOf(dim: Dim, bounds: Bounds): Interval {
  return intervalOf(dim, rangesOf(bounds));
}

/** The smallest number that is proved to be at least `dim`, or null. */
export function upperBound(dim: Dim, bounds: Bounds): number | null {
  const { hi } = boundsOf(dim, bounds);
  return Number.isFinite(hi) ? hi : null;
}

/** Whether `dim >= least`: for all sizes, for none, or not decided. */
export function proveAtLeast(dim: Dim, least: number, bounds: Bounds): "yes" | "no" | "unknown" {
  const rest = sub(dim, least);
  const ranges = rangesOf(bounds);
  if (lowerBound(rest, ranges) >= 0) return "yes";
  return lowerBound(neg(rest), ranges) > 0 ? "no" : "unknown";
}

/** What is known of one symbol: `lo <= s <= hi`; `hi` may hold other symbols. */
type Range = { readonly lo: number; readonly hi: Dim | null };
type Ranges = ReadonlyMap<string, Range>;

function rangesOf(bounds: Bounds): Ranges {
  return new Map([...bounds].map(([name, hi]) => [name, { lo: 1, hi }]));
}

function intervalOf(dim: Dim, ranges: Ranges): Interval {
  return { lo: lowerBound(dim, ranges), hi: 0 - lowerBound(neg(dim), ranges) };
}

function lowerBound(dim: Dim, ranges: Ranges): number {
  if (typeof dim === "number") return dim;
  const atom = dim.terms.flatMap((t) => t.factors).find((f) => f.kind !== "symbol");
  if (atom === undefined) return lowerOfPolynomial(dim, ranges);
  const { kind, of, by } = atom as Exclude<Atom, { kind: "symbol" }>;
  if (kind === "min" || kind === "max") return lowerOfExtremum(dim, atom, kind, [of, by], ranges);
  return Math.max(
    lowerByDivision(dim, atom, of, by, ranges),
    lowerByNaming(dim, atom, intervalOfQuotient(of, by, ranges), ranges),
  );
}

/** A min or max is one of its sides; where it only helps to be small (or large), either side will do. */
function lowerOfExtremum(
  dim: Dim,
  atom: Atom,
  kind: "min" | "max",
  sides: readonly Dim[],
  ranges: Ranges,
): number {
  const found = sides.map((side) => lowerBound(replace(dim, atom, side), ranges));
  const anySide = monotone(dim, atom, ranges) === (kind === "min" ? -1 : 1);
  return anySide ? Math.max(...found) : Math.min(...found);
}

/** Replaces floor(of / c) by the line on its worse side: (of - c + 1) / c below it, of / c above. */
function lowerByDivision(dim: Dim, atom: Atom, of: Dim, by: Dim, ranges: Ranges): number {
  const direction = monotone(dim, atom, ranges);
  if (typeof by !== "number" || direction === 0) return -Infinity;
  const line = direction > 0 ? sub(of, by - 1) : of;
  const key = atomKey(atom);
  const scaled = termsOf(dim).reduce<Dim>((sum, { coefficient, factors }) => {
    const here = factors.filter((f) => atomKey(f) === key).length;
    const rest = factors.filter((f) => atomKey(f) !== key).map(fromAtom);
    return add(sum, product([here === 0 ? by : line, coefficient, ...rest]));
  }, 0);
  return Math.ceil(lowerBound(scaled, ranges) / by);
}

/** Treats the atom as a symbol of its own with a constant range. */
function lowerByNaming(dim: Dim, atom: Atom, { lo, hi }: Interval, ranges: Ranges): number {
  if (!Number.isFinite(lo)) return -Infinity;
  const name = freshName(ranges);
  const range = { lo, hi: Number.isFinite(hi) ? hi : null };
  return lowerBound(replace(dim, atom, symbol(name)), new Map([...ranges, [name, range]]));
}

/** `#0`, `#1` …: no size name of a program looks like it. */
function freshName(ranges: Ranges): string {
  let n = 0;
  while (ranges.has(`#${n}`)) n++;
  return `#${n}`;
}

function intervalOfQuotient(of: Dim, by: Dim, ranges: Ranges): Interval {
  const a = intervalOf(of, ranges);
  const b = intervalOf(by, ranges);
  if (b.lo < 1) return { lo: -Infinity, hi: Infinity };
  // Of what is negative the floor is at most -1, however large the divisor is.
  const quotient = (n: number, d: number): number =>
    n < 0 ? Math.min(-1, Math.floor(n / d)) : Math.floor(n / d);
  return {
    lo: quotient(a.lo, a.lo < 0 ? b.lo : b.hi),
    hi: a.hi === Infinity ? Infinity : quotient(a.hi, a.hi < 0 ? b.hi : b.lo),
  };
}

/** 1 where the polynomial grows with the atom, -1 where it shrinks, 0 if unknown. It must occur linearly. */
function monotone(dim: Dim, atom: Atom, ranges: Ranges): -1 | 0 | 1 {
  const slope = slopeOf(dim, atom);
  if (slope === null) return 0;
  const { lo, hi } = intervalOf(slope, ranges);
  return lo >= 0 ? 1 : hi <= 0 ? -1 : 0;
}

/** What the atom is multiplied by in `dim`; null if it occurs in a power or inside another atom. */
function slopeOf(dim: Dim, atom: Atom): Dim | null {
  const key = atomKey(atom);
  let slope: Dim = 0;
  for (const { coefficient, factors } of termsOf(dim)) {
    const rest = factors.filter((f) => atomKey(f) !== key);
    if (rest.length < factors.length - 1) return null;
    if (rest.length < factors.length)
      slope = add(slope, product([coefficient, ...rest.map(fromAtom)]));
  }
  return slope;
}

function replace(dim: Dim, atom: Atom, by: Dim): Dim {
  const key = atomKey(atom);
  return mapAtoms(dim, (f) => (atomKey(f) === key ? by : fromAtom(f)));
}

/** Lower bound of a polynomial in symbols only. */
function lowerOfPolynomial(dim: Dim, ranges: Ranges): number {
  const names = symbolsOf(dim);
  // Write every symbol as lo + s': if all but the constant are non-negative, the constant is the least value.
  const lows = new Map(names.map((name) => [name, ranges.get(name)?.lo ?? 1]));
  if (rises(dim) && [...lows.values()].every((lo) => lo >= 0)) return evaluateDim(dim, lows);
  const shifted = substitute(
    dim,
    new Map([...lows].map(([name, lo]) => [name, add(symbol(name), lo)])),
  );
  if (rises(shifted)) return evaluateDim(dim, lows);
  let best = -Infinity;
  for (const name of names) {
    best = Math.max(best, lowerAtEnds(dim, name, ranges));
  }
  return best;
}

/** Whether it grows with every symbol in it, these being positive. */
function rises(dim: Dim): boolean {
  return termsOf(dim).every((t) => t.coefficient >= 0 || t.factors.length === 0);
}

/** In a symbol that occurs linearly the least value is at an end of its range; the slope may say which. */
function lowerAtEnds(dim: Dim, name: string, ranges: Ranges): number {
  const range = ranges.get(name) ?? { lo: 1, hi: null };
  const slope = slopeOf(dim, { kind: "symbol", name });
  if (slope === null) return -Infinity;
  // A bound that mentions the symbol, or one already replaced through it, would go round in circles.
  const outer = new Map([...ranges].filter(([n, r]) => n !== name && !mentions(r.hi, name)));
  const at = (end: Dim): number => lowerBound(substitute(dim, new Map([[name, end]])), outer);
  const { lo, hi } = intervalOf(slope, outer);
  if (lo >= 0) return at(range.lo);
  if (range.hi === null) return -Infinity;
  return hi <= 0 ? at(range.hi) : Math.min(at(range.lo), at(range.hi));
}

function mentions(dim: Dim | null, name: string): boolean {
  return dim !== null && symbolsOf(dim).includes(name);
}
