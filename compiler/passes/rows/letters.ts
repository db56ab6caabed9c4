// Values whose axes carry letters, as the operands of a contraction: views of them are changes of letters.

import { product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { numbersAttr } from "../../ops/attrs.ts";
import { broadcastAlong, broadcastTo, reduceSum, reshapeTo } from "../../ops/compose.ts";
import { printSpec } from "../../ops/contract-spec.ts";
import type { Rewriter } from "../rewrite.ts";

/** A value with one letter per axis. */
export type Factor = { readonly value: Value; readonly letters: string };

/** A letter for each axis of a value. */
export const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Size of every letter. */
export type LetterSizes = ReadonlyMap<string, Dim>;

export const sizesOf = (factors: readonly Factor[]): LetterSizes =>
  new Map(
    factors.flatMap(({ value, letters }) =>
      [...letters].map((letter, axis) => [letter, value.type.shape[axis]!] as const),
    ),
  );

const without = (letters: string, drop: (letter: string) => boolean): string =>
  [...letters].filter((letter) => !drop(letter)).join("");

export const union = (a: string, b: string): string => a + without(b, (l) => a.includes(l));

/** Letters in the order of others, whichever factor they come from. */
export const inOrder = (letters: string, order: string): string =>
  [...order].filter((letter) => letters.includes(letter)).join("");

/** Looks through transposes, which reorder the letters, and broadcasts, whose new axes lose them. */
export const absorbViews = (r: Rewriter, factor: Factor): Factor => {
  const { value, letters } = factor;
  const transposed = r.opOf(value, "transpose");
  if (transposed !== null) {
    const perm = numbersAttr(transposed.attrs, "perm");
    const before = perm.map((_, axis) => letters[perm.indexOf(axis)]!).join("");
    return absorbViews(r, { value: transposed.operands[0]!, letters: before });
  }
  const repeated = r.opOf(value, "broadcast");
  if (repeated === null) return factor;
  const axes = numbersAttr(repeated.attrs, "axes");
  const kept = [...letters].filter((_, axis) => !axes.includes(axis)).join("");
  return absorbViews(r, { value: repeated.operands[0]!, letters: kept });
};

/** Without axes of the literal size 1. */
const dropUnits = (r: Rewriter, { value, letters }: Factor): Factor => {
  const shape = value.type.shape;
  if (!shape.includes(1)) return { value, letters };
  return {
    value: reshapeTo(
      r,
      value,
      shape.filter((d) => d !== 1),
    ),
    letters: [...letters].filter((_, axis) => shape[axis] !== 1).join(""),
  };
};

export const normalFactor = (r: Rewriter, factor: Factor): Factor => {
  const absorbed = absorbViews(r, factor);
  const dropped = dropUnits(r, absorbed);
  return dropped.value === absorbed.value ? absorbed : normalFactor(r, dropped);
};

/** Sums away the letters that are not in `keep`. */
export const sumLetters = (r: Rewriter, { value, letters }: Factor, keep: string): Factor => {
  const axes = [...letters].flatMap((letter, axis) => (keep.includes(letter) ? [] : [axis]));
  if (axes.length === 0) return { value, letters };
  return { value: reduceSum(r, value, axes), letters: without(letters, (l) => !keep.includes(l)) };
};

/** The value with its axes in the order of `letters`, repeated along letters it does not have. */
export const arrange = (
  r: Rewriter,
  factor: Factor,
  letters: string,
  sizes: LetterSizes,
): Value => {
  const own = without(letters, (letter) => !factor.letters.includes(letter));
  const perm = [...own].map((letter) => factor.letters.indexOf(letter));
  const moved = perm.every((axis, i) => axis === i)
    ? factor.value
    : r.op("transpose", [factor.value], { perm });
  const missing = [...letters].flatMap((letter, axis) => (own.includes(letter) ? [] : [axis]));
  const shape = [...letters].map((letter) => sizes.get(letter)!);
  return broadcastAlong(r, moved, shape, missing);
};

/** Element-wise product over the letters of both, in the order of `letters`. */
const productOf = (
  r: Rewriter,
  a: Factor,
  b: Factor,
  letters: string,
  sizes: LetterSizes,
): Factor => ({
  value: r.op("mul", [arrange(r, a, letters, sizes), arrange(r, b, letters, sizes)]),
  letters,
});

/** `value` times a plain number. */
export const scaled = (r: Rewriter, value: Value, scale: number): Value => {
  if (scale === 1) return value;
  if (scale === -1) return r.op("neg", [value]);
  return r.op("mul", [value, r.constant(scale, value.type)]);
};

/** `value` times the number of positions that no factor tells apart. */
export const repeatedSum = (r: Rewriter, value: Value, count: Dim): Value => {
  if (typeof count === "number") return scaled(r, value, count);
  const size = r.op("cast", [r.size(count)], { dtype: value.type.dtype });
  return r.op("mul", [value, broadcastTo(r, size, value.type.shape)]);
};

/** How the letters of two factors and their result split into roles; `alone` are summed before. */
export const rolesOf = (a: string, b: string, out: string) => ({
  contracted: [...a].filter((letter) => b.includes(letter) && !out.includes(letter)),
  left: [...a].filter((letter) => !b.includes(letter) && out.includes(letter)),
  right: [...b].filter((letter) => !a.includes(letter) && out.includes(letter)),
  alone: [...a, ...b].filter(
    (letter) => !out.includes(letter) && !(a.includes(letter) && b.includes(letter)),
  ),
});

/**
 * The sum of a product of two factors, with the letters of `out` that either has, in that order.
 * A contraction where some letter is in one operand and the result only; else a product and a sum.
 */
export const multiplySum = (
  r: Rewriter,
  first: Factor,
  second: Factor,
  out: string,
  sizes: LetterSizes,
): Factor => {
  const [a, b] = [normalFactor(r, first), normalFactor(r, second)];
  const left = sumLetters(r, a, out + b.letters);
  const right = sumLetters(r, b, out + left.letters);
  // A summed letter that both factors only repeat along counts its positions.
  const used = out + a.letters + b.letters;
  const absent = without(union(first.letters, second.letters), (l) => used.includes(l));
  const count = product([...absent].map((letter) => sizes.get(letter)!));
  const kept = without(out, (l) => !left.letters.includes(l) && !right.letters.includes(l));
  const roles = rolesOf(left.letters, right.letters, kept);
  const isOuter = roles.left.length > 0 && roles.right.length > 0;
  const isContraction = roles.contracted.length > 0 && roles.left.length + roles.right.length > 0;
  if (isOuter || isContraction) {
    const spec = printSpec({ a: left.letters, b: right.letters, out: kept });
    const contracted = r.op("contract", [left.value, right.value], { spec });
    return { value: repeatedSum(r, contracted, count), letters: kept };
  }
  const together = kept + roles.contracted.join("");
  const summed = sumLetters(r, productOf(r, left, right, together, sizes), kept);
  return { value: repeatedSum(r, summed.value, count), letters: kept };
};
