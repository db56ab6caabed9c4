// What of an operand of a product a copy holds for the sum that reads it.

import type { Dim } from "../ir/dim.ts";
import { axis, over } from "../kernel/build.ts";
import type { Expr, ReduceAxis } from "../kernel/expr.ts";
import { isWithin } from "../kernel/is-within.ts";
import { axesIn } from "../lower/access.ts";

export type CopiedPart = {
  /** What is copied; along an axis of the operand of which all is, an axis with its number as its name. */
  readonly index: readonly Expr[];
  /** Where readers are along such an axis. */
  readonly positions: ReadonlyMap<string, Expr>;
  /** In the order of the sum, but all of each axis: where it begins and ends may depend on loops that share the copy. */
  readonly over: readonly ReduceAxis[];
};

/** `index`: where an operand of that shape is read in a sum over `summed`. */
export const copiedPart = (
  index: readonly Expr[],
  shape: readonly Dim[],
  summed: readonly ReduceAxis[],
  extents: ReadonlyMap<string, Dim>,
): CopiedPart => {
  const whole = wholeDims(index, shape, summed, extents);
  const copied = index.map((e, k) => (whole.includes(k) ? axis(String(k)) : e));
  const mentioned = axesIn(copied);
  const summedIn = (k: number): string => {
    const names = axesIn([index[k]!]);
    return summed.find((a) => names.has(a.name))!.name;
  };
  return {
    index: copied,
    positions: new Map(whole.map((k) => [String(k), index[k]!])),
    over: summed.flatMap(({ name, extent }) => [
      ...whole.filter((k) => summedIn(k) === name).map((k) => over(String(k), shape[k]!)),
      ...(mentioned.has(name) ? [over(name, extent)] : []),
    ]),
  };
};

/**
 * The axes of an operand along which all of it is copied: those where a sum is between ends that other loops move, so that
 * neither are all elements of a copy over the axis of the sum in the operand, nor are they the same in these loops.
 */
const wholeDims = (
  index: readonly Expr[],
  shape: readonly Dim[],
  summed: readonly ReduceAxis[],
  extents: ReadonlyMap<string, Dim>,
): readonly number[] => {
  const ranged = new Set(summed.filter((a) => a.range !== null).map((a) => a.name));
  return index.flatMap((e, k) => {
    const mentioned = [...axesIn([e])];
    if (!mentioned.some((name) => ranged.has(name))) return [];
    const isOwn = mentioned.every((name) => summed.some((a) => a.name === name));
    return isOwn && isWithin(e, shape[k]!, extents) ? [] : [k];
  });
};
