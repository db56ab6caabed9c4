// Rules for windows that do not overlap or hold one element: they are slices, pads and reshapes.

import type { Dim } from "../../ir/dim.ts";
import * as dim from "../../ir/dim.ts";
import type { Attr, Attrs, Value } from "../../ir/graph.ts";
import { dimAttr, dimsAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { reshapeTo, sliceAlong } from "../../ops/compose.ts";
import type { Rewriter, Row } from "../rewrite.ts";

/** `count` elements of one axis from 0 at a step; a whole slice is dropped by its own rule. */
const takeAlong = (r: Rewriter, x: Value, axis: number, count: Dim, step: number): Value =>
  sliceAlong(r, x, axis, { count, step });

/** Adjoint of `takeAlong`: back to `extent` elements, with zeros between and behind. */
const spreadAlong = (r: Rewriter, x: Value, axis: number, extent: Dim, step: number): Value => {
  const only = (value: Dim): readonly Dim[] => x.type.shape.map((_, a) => (a === axis ? value : 0));
  const reach = dim.mul(dim.sub(x.type.shape[axis]!, 1), step);
  return r.op("pad", [x], {
    lo: only(0),
    hi: only(dim.sub(dim.sub(extent, 1), reach)),
    interior: only(step - 1),
    value: 0,
  });
};

/** Step between elements where only one of the two window axes is longer than 1, or null. */
const singleStep = (count: Dim, size: Dim, stride: number, dilation: number): number | null => {
  if (size === 1) return stride;
  return count === 1 ? dilation : null;
};

/** Axes on which a pad adds anything. */
const paddedAxes = (attrs: Attrs): readonly number[] => {
  const lists = [dimsAttr(attrs, "lo"), dimsAttr(attrs, "hi"), numbersAttr(attrs, "interior")];
  return lists[0]!.flatMap((_, axis) => (lists.some((list) => list[axis] !== 0) ? [axis] : []));
};

export const windowRows: readonly Row[] = [
  {
    rule: "pad(window x) -> window(pad x) where they touch different axes: windows last, pads together",
    roots: ["pad"],
    apply: (r, [x], attrs) => {
      const from = r.opOf(x!, "window");
      if (from === null) return null;
      const axis = numberAttr(from.attrs, "axis");
      if (paddedAxes(attrs).some((a) => a === axis || a === axis + 1)) return null;
      const before = (name: string): Attr => dimsAttr(attrs, name).toSpliced(axis, 2, 0);
      const padded = r.op("pad", from.operands, {
        lo: before("lo"),
        hi: before("hi"),
        interior: before("interior"),
        value: attrs["value"]!,
      });
      return r.op("window", [padded], from.attrs);
    },
  },
  {
    rule: "window of size 1, or one window -> slice; windows side by side -> reshape",
    roots: ["window"],
    apply: (r, [x], attrs) => {
      const axis = numberAttr(attrs, "axis");
      const [count, size] = [dimAttr(attrs, "count"), dimAttr(attrs, "size")];
      const [stride, dilation] = [numberAttr(attrs, "stride"), numberAttr(attrs, "dilation")];
      const shape = x!.type.shape.toSpliced(axis, 1, count, size);
      const length = dim.mul(count, size);
      const step = singleStep(count, size, stride, dilation);
      if (step !== null) return reshapeTo(r, takeAlong(r, x!, axis, length, step), shape);
      if (dilation !== 1 || stride !== size) return null;
      return reshapeTo(r, takeAlong(r, x!, axis, length, 1), shape);
    },
  },
  {
    rule: "fold of size 1, or of one window -> pad; of windows side by side -> reshape, pad",
    roots: ["fold"],
    apply: (r, [y], attrs) => {
      const axis = numberAttr(attrs, "axis");
      const [count, size] = [y!.type.shape[axis]!, y!.type.shape[axis + 1]!];
      const [stride, dilation] = [numberAttr(attrs, "stride"), numberAttr(attrs, "dilation")];
      const step = singleStep(count, size, stride, dilation);
      const flat = reshapeTo(r, y!, y!.type.shape.toSpliced(axis, 2, dim.mul(count, size)));
      const extent = dimAttr(attrs, "extent");
      if (step !== null) return spreadAlong(r, flat, axis, extent, step);
      if (dilation !== 1 || stride !== size) return null;
      return spreadAlong(r, flat, axis, extent, 1);
    },
  },
];
