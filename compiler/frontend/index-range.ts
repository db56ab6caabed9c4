// Between which numbers an int tensor lies, from how it is computed, so that an index can be proved in range.

import * as dim from "../ir/dim.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import type { Bounds } from "../ir/dim-proof.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attr, Op, Value } from "../ir/graph.ts";

/** Inclusive; null where nothing is known. */
type Range = { readonly lo: Dim | null; readonly hi: Dim | null };
/** What conditions of enclosing selects say about values. */
type Known = ReadonlyMap<Value, Range>;

const anything: Range = { lo: null, hi: null };
const depthLimit = 64;

const both = <T>(a: T | null, b: T | null, f: (a: T, b: T) => T): T | null =>
  a === null || b === null ? null : f(a, b);

const union = (a: Range, b: Range): Range => ({
  lo: both(a.lo, b.lo, dim.minDim),
  hi: both(a.hi, b.hi, dim.maxDim),
});

/** Where both sides hold: the tighter known end. */
const intersect = (a: Range, b: Range): Range => ({
  lo: a.lo === null ? b.lo : b.lo === null ? a.lo : dim.maxDim(a.lo, b.lo),
  hi: a.hi === null ? b.hi : b.hi === null ? a.hi : dim.minDim(a.hi, b.hi),
});

const isDim = (attr: Attr | undefined): attr is Dim =>
  typeof attr === "number" || (typeof attr === "object" && "kind" in attr);

const listRange = (attr: Attr | undefined): Range => {
  if (attr === undefined || typeof attr !== "object" || !("length" in attr)) {
    return isDim(attr) ? { lo: attr, hi: attr } : anything;
  }
  return attr.map(listRange).reduce(union);
};

const dims = (attr: Attr | undefined): readonly number[] =>
  Array.isArray(attr) ? attr.filter((each): each is number => typeof each === "number") : [];

const rangeOf = (value: Value, known: Known, depth: number): Range => {
  const given = known.get(value) ?? anything;
  if (value.def.kind === "input" || depth > depthLimit) return given;
  const { op } = value.def;
  return intersect(
    given,
    withinWord(() => rangeOfOp(op, known, depth + 1)),
  );
};

/** Whole numbers wrap at 32 bits, so a range that reaches further says nothing. */
const withinWord = (range: () => Range): Range => {
  try {
    const { lo, hi } = range();
    const fits = [lo, hi].every((end) => typeof end !== "number" || end === (end | 0));
    return fits ? { lo, hi } : anything;
  } catch (error) {
    if (error instanceof dim.DimOverflow) return anything;
    throw error;
  }
};

const rangeOfOp = (op: Op, known: Known, depth: number): Range => {
  const at = (i: number): Range => rangeOf(op.operands[i]!, known, depth);
  const shape = op.operands[0]?.type.shape ?? [];
  switch (op.name) {
    case "constant":
      return listRange(op.attrs["value"]);
    case "iota":
      return { lo: 0, hi: dim.sub(op.attrs["extent"] as Dim, 1) };
    case "argMax":
      return { lo: 0, hi: dim.sub(dim.product(dims(op.attrs["axes"]).map((a) => shape[a]!)), 1) };
    case "topK":
      return { lo: 0, hi: dim.sub(shape.at(-1)!, 1) };
    case "broadcast":
    case "reshape":
    case "transpose":
    case "slice":
    case "window":
    case "stopGradient":
    case "reduceMax":
      return at(0);
    case "pad":
      return union(at(0), listRange(op.attrs["value"]));
    case "gather":
      return union(at(0), { lo: 0, hi: 0 });
    case "concat":
      return op.operands.map((_, i) => at(i)).reduce(union);
    case "add":
      return { lo: both(at(0).lo, at(1).lo, dim.add), hi: both(at(0).hi, at(1).hi, dim.add) };
    case "sub":
      return { lo: both(at(0).lo, at(1).hi, dim.sub), hi: both(at(0).hi, at(1).lo, dim.sub) };
    case "neg":
      return negate(at(0));
    case "mul":
      return multiply(at(0), at(1));
    case "min":
      return { lo: both(at(0).lo, at(1).lo, dim.minDim), hi: intersect(at(0), at(1)).hi };
    case "max":
      return { lo: intersect(at(0), at(1)).lo, hi: both(at(0).hi, at(1).hi, dim.maxDim) };
    case "mod":
      return remainder(at(1));
    case "cast":
      return op.operands[0]!.type.dtype === "f32" ? anything : at(0);
    case "select": {
      const [condition, whenTrue, whenFalse] = op.operands;
      const taken = rangeOf(whenTrue!, learn(condition!, true, known, depth), depth);
      return union(taken, rangeOf(whenFalse!, learn(condition!, false, known, depth), depth));
    }
    case "eq":
    case "lt":
    case "le":
    case "not":
      return { lo: 0, hi: 1 };
    default:
      return anything;
  }
};

const negate = ({ lo, hi }: Range): Range => ({
  lo: hi === null ? null : dim.neg(hi),
  hi: lo === null ? null : dim.neg(lo),
});

/** By one number, or of two ranges that are never negative. */
const multiply = (a: Range, b: Range): Range => {
  const factor = [a, b].find(({ lo, hi }) => typeof lo === "number" && lo === hi)?.lo;
  if (typeof factor === "number") {
    const other = a.lo === factor && a.hi === factor ? b : a;
    const scaled = (end: Dim | null): Dim | null => (end === null ? null : dim.mul(end, factor));
    return factor >= 0
      ? { lo: scaled(other.lo), hi: scaled(other.hi) }
      : { lo: scaled(other.hi), hi: scaled(other.lo) };
  }
  const natural = (lo: Dim | null): boolean =>
    lo !== null && proveAtLeast(lo, 0, new Map()) === "yes";
  if (!natural(a.lo) || !natural(b.lo)) return anything;
  return { lo: both(a.lo, b.lo, dim.mul), hi: both(a.hi, b.hi, dim.mul) };
};

/** The remainder has the sign of its divisor. */
const remainder = (divisor: Range): Range => {
  const { lo, hi } = divisor;
  if (lo === null || hi === null || proveAtLeast(lo, 1, new Map()) !== "yes") return anything;
  return { lo: 0, hi: dim.sub(hi, 1) };
};

/** What follows for values when a condition holds or does not. */
const learn = (condition: Value, holds: boolean, known: Known, depth: number): Known => {
  if (condition.def.kind === "input") return known;
  const { op } = condition.def;
  const [a, b] = op.operands;
  const add = (value: Value, range: Range, to: Known): Known =>
    new Map([...to, [value, intersect(to.get(value) ?? anything, range)]]);
  const [left, right] = [a, b].map((side) =>
    side === undefined || side.type.dtype === "f32" ? anything : rangeOf(side, known, depth + 1),
  );
  const shift = (end: Dim | null, by: number): Dim | null =>
    end === null ? null : dim.add(end, by);
  switch (op.name) {
    case "not":
      return learn(a!, !holds, known, depth + 1);
    case "min":
      return holds ? learn(b!, true, learn(a!, true, known, depth), depth) : known;
    case "max":
      return holds ? known : learn(b!, false, learn(a!, false, known, depth), depth);
    case "eq":
      return holds ? add(b!, left!, add(a!, right!, known)) : known;
    case "lt":
    case "le": {
      // a < b, or b <= a; with `le` a <= b, or b < a.
      const strict = (op.name === "lt") === holds ? 1 : 0;
      const [low, high] = holds ? [a!, b!] : [b!, a!];
      const [lowRange, highRange] = holds ? [left!, right!] : [right!, left!];
      const below = add(low, { lo: null, hi: shift(highRange.hi, -strict) }, known);
      return add(high, { lo: shift(lowRange.lo, strict), hi: null }, below);
    }
    default:
      return known;
  }
};

/** Whether every element is proved to lie in 0 .. extent - 1. */
export const provedInRange = (index: Value, extent: Dim, bounds: Bounds): boolean => {
  const { lo, hi } = rangeOf(index, new Map(), 0);
  if (lo === null || hi === null) return false;
  const room = dim.sub(dim.sub(extent, 1), hi);
  return proveAtLeast(lo, 0, bounds) === "yes" && proveAtLeast(room, 0, bounds) === "yes";
};
