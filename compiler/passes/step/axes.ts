// Which axes of a value run along the size that is stepped through, and which axis of a view is which of its operand.

import { equalDims, product, symbol, symbolsOf } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Attr, Op, Value } from "../../ir/graph.ts";
import { isDim, numbersAttr } from "../../ops/attrs.ts";

export const isSize = (dim: Dim | undefined, size: string): boolean =>
  dim !== undefined && equalDims(dim, symbol(size));

/** Axes whose size is exactly `size`. */
export const axesAlong = ({ type: { shape } }: Value, size: string): readonly number[] =>
  shape.flatMap((dim, axis) => (isSize(dim, size) ? [axis] : []));

export const mentions = (dim: Dim, size: string): boolean => symbolsOf(dim).includes(size);

/** Whether an attribute, a list or a graph in it included, holds a size that mentions `size`. */
export const attrMentions = (attr: Attr, size: string): boolean => {
  if (isDim(attr)) return mentions(attr, size);
  if (typeof attr !== "object") return false;
  if ("length" in attr) return attr.some((item) => attrMentions(item, size));
  return attr.ops.some(
    (op) =>
      Object.values(op.attrs).some((inner) => attrMentions(inner, size)) ||
      op.results.some(({ type }) => type.shape.some((dim) => mentions(dim, size))),
  );
};

/** The operand's axis that a reshape keeps as `axis` of its result: as many elements before, as many after. */
export const reshapedFrom = (from: readonly Dim[], to: readonly Dim[], axis: number): number =>
  from.findIndex(
    (dim, i) =>
      equalDims(dim, to[axis]!) && equalDims(product(from.slice(0, i)), product(to.slice(0, axis))),
  );

/** Whether a slice takes an axis as it is. */
export const isWhole = ({ operands, results, attrs }: Op, axis: number): boolean =>
  equalDims(operands[0]!.type.shape[axis]!, results[0]!.type.shape[axis]!) &&
  numbersAttr(attrs, "step")[axis] === 1;
