// What is known of index expressions: affine form over axes, range of values, conditions that always hold.

import {
  add,
  dimKey,
  floorDiv,
  maxDim,
  minDim,
  mul,
  neg,
  product,
  sub,
  withoutTiles,
} from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import type { Bounds } from "../ir/dim-proof.ts";
import { divI, modI, size } from "./build.ts";
import type { Expr } from "./expr.ts";

/** constant + Σ coefficient · axis; axes with coefficient 0 are left out. */
export type Affine = { readonly constant: Dim; readonly coefficients: ReadonlyMap<string, Dim> };
/** All values lie in lo .. hi, both included. */
export type Range = { readonly lo: Dim; readonly hi: Dim };
/** Extents of the axes in scope; an axis runs over 0 .. extent - 1, or over a range of it. */
export type Extents = ReadonlyMap<string, Dim>;

/** The affine form of an i32 expression, or null where it has none. */
export function affineOf(e: Expr): Affine | null {
  switch (e.kind) {
    case "number":
      return e.dtype === "i32" ? affine(e.value, []) : null;
    case "size":
      return affine(e.dim, []);
    case "axis":
      return affine(0, [[e.name, 1]]);
    case "call":
      return e.dtype === "i32" ? affineOfCall(e) : null;
    case "local":
    case "load":
    case "reduce":
      return null;
  }
}

function affineOfCall(e: Extract<Expr, { kind: "call" }>): Affine | null {
  const parts = e.args.map(affineOf);
  const [a, b] = parts;
  if (a === null || a === undefined) return null;
  if (e.fn === "neg") return scale(a, -1);
  if (b === null || b === undefined) return null;
  switch (e.fn) {
    case "add":
      return plus(a, b);
    case "sub":
      return plus(a, scale(b, -1));
    case "mul":
      if (b.coefficients.size === 0) return scale(a, b.constant);
      return a.coefficients.size === 0 ? scale(b, a.constant) : null;
    case "div":
    case "mod": {
      // The constructors take out multiples of the divisor; what is left may be affine.
      const [of, by] = e.args;
      if (of === undefined || by === undefined || b.coefficients.size > 0) return null;
      const folded = (e.fn === "div" ? divI : modI)(of, size(b.constant));
      return folded.kind === "call" && folded.fn === e.fn ? null : affineOf(folded);
    }
    default:
      return null;
  }
}

function affine(constant: Dim, rows: Iterable<readonly [string, Dim]>): Affine {
  return { constant, coefficients: new Map([...rows].filter(([, c]) => c !== 0)) };
}

function scale(a: Affine, by: Dim): Affine {
  const rows = [...a.coefficients].map(([name, c]) => [name, mul(c, by)] as const);
  return affine(mul(a.constant, by), rows);
}

function plus(a: Affine, b: Affine): Affine {
  const sums = new Map(a.coefficients);
  for (const [name, c] of b.coefficients) sums.set(name, add(sums.get(name) ?? 0, c));
  return affine(add(a.constant, b.constant), sums);
}

/** The range of an i32 expression, or null where one of its ends is not known. */
export function rangeOf(e: Expr, extents: Extents, bounds: Bounds = new Map()): Range | null {
  const { lo, hi } = partialRange(e, extents, bounds);
  return lo === null || hi === null ? null : { lo, hi };
}

/** Whether a condition holds for every value of the axes, for none, or is not decided (null). */
export function decide(e: Expr, extents: Extents, bounds: Bounds = new Map()): boolean | null {
  if (e.kind === "number") return e.value !== 0;
  if (e.kind !== "call") return null;
  const [a, b] = e.args;
  if (a === undefined) return null;
  if (e.fn === "not") return negate(decide(a, extents, bounds));
  if (b === undefined) return null;
  switch (e.fn) {
    case "and":
      return both(decide(a, extents, bounds), decide(b, extents, bounds));
    case "or":
      return negate(both(negate(decide(a, extents, bounds)), negate(decide(b, extents, bounds))));
    case "le":
      return compare(a, b, 0, extents, bounds);
    case "lt":
      return compare(a, b, 1, extents, bounds);
    case "eq": {
      if (a.dtype !== "i32") return null;
      const [ab, ba] = [compare(a, b, 0, extents, bounds), compare(b, a, 0, extents, bounds)];
      return both(ab, ba);
    }
    default:
      return null;
  }
}

/** Whether b - a >= least. */
function compare(
  a: Expr,
  b: Expr,
  least: number,
  extents: Extents,
  bounds: Bounds,
): boolean | null {
  if (a.dtype !== "i32" || b.dtype !== "i32") return null;
  const difference: Expr = { kind: "call", dtype: "i32", fn: "sub", args: [b, a] };
  const { lo, hi } = partialRange(difference, extents, bounds);
  if (lo !== null && proveAtLeast(lo, least, bounds) === "yes") return true;
  return hi !== null && proveAtLeast(hi, least, bounds) === "no" ? false : null;
}

function both(a: boolean | null, b: boolean | null): boolean | null {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function negate(a: boolean | null): boolean | null {
  return a === null ? null : !a;
}

/** A range of which either end may be unknown. */
type OpenRange = { readonly lo: Dim | null; readonly hi: Dim | null };

const unknown: OpenRange = { lo: null, hi: null };

function partialRange(e: Expr, extents: Extents, bounds: Bounds): OpenRange {
  const form = affineOf(e);
  const direct = form === null ? unknown : affineRange(form, extents, bounds);
  if (direct.lo !== null && direct.hi !== null) return direct;
  if (e.kind === "reduce") return reduceRange(e, extents, bounds);
  if (e.kind !== "call" || e.dtype !== "i32") return direct;
  const structural = callRange(e, extents, bounds);
  return { lo: direct.lo ?? structural.lo, hi: direct.hi ?? structural.hi };
}

/** Each axis at the end of its range that its coefficient's sign asks for. */
function affineRange(form: Affine, extents: Extents, bounds: Bounds): OpenRange {
  let [lo, hi]: [Dim | null, Dim | null] = [form.constant, form.constant];
  for (const [name, coefficient] of form.coefficients) {
    const extent = extents.get(name);
    if (extent === undefined) return unknown;
    const end = mul(coefficient, sub(extent, 1));
    if (proveAtLeast(coefficient, 0, bounds) === "yes") hi = hi === null ? null : add(hi, end);
    else if (proveAtLeast(neg(coefficient), 0, bounds) === "yes")
      lo = lo === null ? null : add(lo, end);
    else return unknown;
  }
  return { lo, hi };
}

function callRange(
  e: Extract<Expr, { kind: "call" }>,
  extents: Extents,
  bounds: Bounds,
): OpenRange {
  const [first = unknown, second = unknown, third = unknown] = e.args.map((arg) =>
    partialRange(arg, extents, bounds),
  );
  switch (e.fn) {
    case "add":
      return { lo: join(add, first.lo, second.lo), hi: join(add, first.hi, second.hi) };
    case "sub":
      return { lo: join(sub, first.lo, second.hi), hi: join(sub, first.hi, second.lo) };
    case "neg":
      return { lo: join(sub, 0, first.hi), hi: join(sub, 0, first.lo) };
    case "mul":
      return productRange(first, second, bounds);
    case "div":
      return isConstant(second) && isPositive(second.lo, bounds)
        ? { lo: divided(first.lo, second.lo), hi: dividedAtMost(first.hi, second.lo) }
        : unknown;
    case "mod":
      return modRange(first, second, bounds);
    case "min":
      return { lo: join(minDim, first.lo, second.lo), hi: either(minDim, first.hi, second.hi) };
    case "max":
      return { lo: either(maxDim, first.lo, second.lo), hi: join(maxDim, first.hi, second.hi) };
    case "select":
      return { lo: join(minDim, second.lo, third.lo), hi: join(maxDim, second.hi, third.hi) };
    case "cast":
      return e.args[0]?.dtype === "bool" ? { lo: 0, hi: 1 } : unknown;
    default:
      return unknown;
  }
}

/** Of factors that are never negative, the product of the ends. */
function productRange(a: OpenRange, b: OpenRange, bounds: Bounds): OpenRange {
  if (!isNatural(a.lo, bounds) || !isNatural(b.lo, bounds)) return unknown;
  return { lo: join(mul, a.lo, b.lo), hi: join(mul, a.hi, b.hi) };
}

/** a mod c lies in 0 .. c-1, and is a where that already does. */
function modRange(a: OpenRange, c: OpenRange, bounds: Bounds): OpenRange {
  if (!isConstant(c) || !isPositive(c.lo, bounds)) return unknown;
  const fits = a.hi !== null && proveAtLeast(sub(sub(c.lo, 1), a.hi), 0, bounds) === "yes";
  if (fits && isNatural(a.lo, bounds)) return a;
  return { lo: 0, hi: sub(c.lo, 1) };
}

/** Argmax is a position; a maximum or minimum is one of the elements, if it is sure that there are some. */
function reduceRange(
  e: Extract<Expr, { kind: "reduce" }>,
  extents: Extents,
  bounds: Bounds,
): OpenRange {
  if (e.op === "argmax") return { lo: 0, hi: sub(product(e.axes.map((a) => a.extent)), 1) };
  if (e.dtype !== "i32" || (e.op !== "max" && e.op !== "min")) return unknown;
  if (e.where !== null || e.axes.some((a) => a.range !== null)) return unknown;
  const inner = e.axes.map(({ name, extent }) => [name, extent] as const);
  return partialRange(e.body, new Map([...extents, ...inner]), bounds);
}

function isConstant(range: OpenRange): range is Range {
  return range.lo !== null && range.hi !== null && dimKey(range.lo) === dimKey(range.hi);
}

function isPositive(dim: Dim, bounds: Bounds): boolean {
  return proveAtLeast(dim, 1, bounds) === "yes";
}

function isNatural(dim: Dim | null, bounds: Bounds): boolean {
  return dim !== null && proveAtLeast(dim, 0, bounds) === "yes";
}

function divided(of: Dim | null, by: Dim): Dim | null {
  return of === null ? null : floorDiv(of, by);
}

/** By a size: of whole tiles of `n · size` elements, `3 · floor(n · size / 3)`, it is known only that they are no more than those. */
function dividedAtMost(of: Dim | null, by: Dim): Dim | null {
  return of === null || typeof by === "number" ? divided(of, by) : floorDiv(withoutTiles(of), by);
}

/** Needs both ends. */
function join(f: (a: Dim, b: Dim) => Dim, a: Dim | null, b: Dim | null): Dim | null {
  return a === null || b === null ? null : f(a, b);
}

/** One end is enough: min(x, 5) is at most 5 whatever x is. */
function either(f: (a: Dim, b: Dim) => Dim, a: Dim | null, b: Dim | null): Dim | null {
  return a === null ? b : b === null ? a : f(a, b);
}
