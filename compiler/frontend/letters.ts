// Letters of index notation as values: affine forms of them, and values with one axis per letter.

import type { Dim } from "../ir/dim.ts";
import { add, mul, neg } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { Context, Frame, Letter } from "./context.ts";
import { sizeItem } from "./convert.ts";
import type { AffineItem, Item, SizeItem } from "./value.ts";

/** Extents by key of the letter, in the order of a value's axes. */
export type Extents = ReadonlyMap<string, Dim>;

/** What the name of a letter stands for: an int per combination. */
export const letterItem = (letter: Letter): AffineItem => ({
  kind: "affine",
  constant: 0,
  coefficients: new Map([[letter.key, 1]]),
  extents: new Map([[letter.key, letter.extent ?? 1]]),
});

/** The letter a name means here, or null. */
export const findLetter = (frame: Frame, name: string): Letter | null =>
  frame.letters.get(name) ?? null;

/** Letters an item depends on, with their extents. */
export const lettersOf = (item: Item): Extents => {
  if (item.kind === "affine") return item.extents;
  if (item.kind !== "indexed") return new Map();
  return new Map(item.letters.map((key, axis) => [key, item.value.type.shape[axis]!]));
};

type Form = Pick<AffineItem, "constant" | "coefficients" | "extents">;

const formOf = (item: AffineItem | SizeItem): Form =>
  item.kind === "affine"
    ? item
    : { constant: item.dim, coefficients: new Map(), extents: new Map() };

/** Without letters that cancelled; a plain size when none is left. */
const fromForm = ({ constant, coefficients, extents }: Form): AffineItem | SizeItem => {
  const kept = [...coefficients].filter(([, coefficient]) => coefficient !== 0);
  if (kept.length === 0) return sizeItem(constant);
  return {
    kind: "affine",
    constant,
    coefficients: new Map(kept),
    extents: new Map(kept.map(([key]) => [key, extents.get(key)!])),
  };
};

const isLinear = (item: Item): item is AffineItem | SizeItem =>
  item.kind === "affine" || item.kind === "size";

/** `+ - *` where the result is affine again; null otherwise. */
export const affineArithmetic = (op: string, left: Item, right: Item): Item | null => {
  if (!isLinear(left) || !isLinear(right)) return null;
  const [a, b] = [formOf(left), formOf(right)];
  if (op === "+") return fromForm(addForms(a, b));
  if (op === "-") return fromForm(addForms(a, scaleForm(b, -1)));
  if (op !== "*") return null;
  if (right.kind === "size") return fromForm(scaleForm(a, right.dim));
  return left.kind === "size" ? fromForm(scaleForm(b, left.dim)) : null;
};

export const negateAffine = (item: AffineItem): Item => fromForm(scaleForm(item, -1));

const addForms = (a: Form, b: Form): Form => {
  const coefficients = new Map(a.coefficients);
  for (const [key, coefficient] of b.coefficients)
    coefficients.set(key, add(coefficients.get(key) ?? 0, coefficient));
  return {
    constant: add(a.constant, b.constant),
    coefficients,
    extents: new Map([...a.extents, ...b.extents]),
  };
};

const scaleForm = (a: Form, factor: Dim): Form => ({
  constant: factor === -1 ? neg(a.constant) : mul(a.constant, factor),
  coefficients: new Map([...a.coefficients].map(([key, c]) => [key, mul(c, factor)])),
  extents: a.extents,
});

/** An affine form as i32 with one axis per letter, in the order of its coefficients: sums of iotas. */
export const affineValue = (ctx: Context, item: AffineItem): Value => {
  const { builder: b } = ctx;
  const shape = [...item.coefficients.keys()].map((key) => item.extents.get(key)!);
  const filled = (dim: Dim): Value =>
    typeof dim === "number"
      ? b.constant(dim, { dtype: "i32", shape })
      : b.op("broadcast", [b.size(dim)], { shape, axes: shape.map((_, axis) => axis) });
  const terms = [...item.coefficients].map(([key, coefficient], axis): Value => {
    const iota = b.op("iota", [], { extent: item.extents.get(key)! });
    const others = shape.map((_, other) => other).filter((other) => other !== axis);
    const along = b.op("broadcast", [iota], { shape, axes: others });
    return coefficient === 1 ? along : b.op("mul", [along, filled(coefficient)]);
  });
  const sum = terms.reduce((left, right) => b.op("add", [left, right]));
  return item.constant === 0 ? sum : b.op("add", [sum, filled(item.constant)]);
};

/** A value with axes `letters` to one with an axis for every letter of `extents`, in their order. */
export const layOut = (
  ctx: Context,
  value: Value,
  letters: readonly string[],
  extents: Extents,
): Value => {
  const target = [...extents.keys()];
  const perm = target.filter((key) => letters.includes(key)).map((key) => letters.indexOf(key));
  const ordered = ctx.builder.op("transpose", [value], { perm });
  const axes = target.flatMap((key, axis) => (letters.includes(key) ? [] : [axis]));
  return ctx.builder.op("broadcast", [ordered], { shape: [...extents.values()], axes });
};
