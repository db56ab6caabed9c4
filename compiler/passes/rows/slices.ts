// Rules that move slices inwards and pads outwards, so that no element is computed to be cut off.

import type { Dim } from "../../ir/dim.ts";
import * as dim from "../../ir/dim.ts";
import type { Attrs, Value } from "../../ir/graph.ts";
import { dimsAttr, numberAttr, numbersAttr, textAttr } from "../../ops/attrs.ts";
import { broadcastAlong } from "../../ops/compose.ts";
import { parseSpec } from "../../ops/contract-spec.ts";
import type { Rewriter, Row } from "../rewrite.ts";

/** A slice along one axis. */
type Cut = { readonly start: Dim; readonly count: Dim; readonly step: number };

const cutsOf = (attrs: Attrs): readonly Cut[] => {
  const [start, count] = [dimsAttr(attrs, "start"), dimsAttr(attrs, "count")];
  return numbersAttr(attrs, "step").map((step, axis) => ({
    start: start[axis]!,
    count: count[axis]!,
    step,
  }));
};

const whole = (count: Dim): Cut => ({ start: 0, count, step: 1 });

const isWhole = (cut: Cut, size: Dim): boolean =>
  cut.step === 1 && cut.start === 0 && dim.equalDims(cut.count, size);

const sliceBy = (r: Rewriter, x: Value, cuts: readonly Cut[]): Value =>
  cuts.every((cut, axis) => isWhole(cut, x.type.shape[axis]!))
    ? x
    : r.op("slice", [x], {
        start: cuts.map(({ start }) => start),
        count: cuts.map(({ count }) => count),
        step: cuts.map(({ step }) => step),
      });

/** What is left of a pad, and of the axis inside it, after a cut of the padded axis. */
type Cropped = {
  readonly lo: Dim;
  readonly hi: Dim;
  readonly interior: number;
  readonly inner: Cut;
};

const crop = (
  cut: Cut,
  {
    lo,
    hi,
    interior,
    size,
    padded,
  }: {
    readonly lo: Dim;
    readonly hi: Dim;
    readonly interior: number;
    readonly size: Dim;
    readonly padded: Dim;
  },
): Cropped | null => {
  if (lo === 0 && hi === 0 && interior === 0) return { lo, hi, interior, inner: cut };
  if (isWhole(cut, padded)) return { lo, hi, interior, inner: whole(size) };
  const cutHi = dim.sub(padded, dim.add(cut.start, cut.count));
  const [left, right] = [dim.sub(lo, cut.start), dim.sub(hi, cutHi)];
  if (cut.step !== 1 || typeof left !== "number" || typeof right !== "number") return null;
  if (interior > 0 && (left < 0 || right < 0)) return null;
  const count = dim.add(size, Math.min(left, 0) + Math.min(right, 0));
  if (typeof count === "number" && count < 1) return null;
  const inner = { start: Math.max(-left, 0), count, step: 1 };
  return { lo: Math.max(left, 0), hi: Math.max(right, 0), interior, inner };
};

const sliceOfPad: Row = {
  rule: "slice(pad x) -> pad(slice x), with less of the pad",
  roots: ["slice"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "pad");
    if (from === null) return null;
    const inside = from.operands[0]!;
    const [lo, hi] = [dimsAttr(from.attrs, "lo"), dimsAttr(from.attrs, "hi")];
    const interior = numbersAttr(from.attrs, "interior");
    const cropped = cutsOf(attrs).map((cut, axis) =>
      crop(cut, {
        lo: lo[axis]!,
        hi: hi[axis]!,
        interior: interior[axis]!,
        size: inside.type.shape[axis]!,
        padded: x!.type.shape[axis]!,
      }),
    );
    const all = cropped.filter((part) => part !== null);
    if (all.length < cropped.length) return null;
    const inner = sliceBy(
      r,
      inside,
      all.map((part) => part.inner),
    );
    return r.op("pad", [inner], {
      lo: all.map((part) => part.lo),
      hi: all.map((part) => part.hi),
      interior: all.map((part) => part.interior),
      value: from.attrs["value"]!,
    });
  },
};

const sliceOfWindow: Row = {
  rule: "slice(window x) -> window(slice x)",
  roots: ["slice"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "window");
    if (from === null) return null;
    const axis = numberAttr(from.attrs, "axis");
    const cuts = cutsOf(attrs);
    const [outer, tap] = [cuts[axis]!, cuts[axis + 1]!];
    if (outer.step < 1 || tap.step < 1) return null;
    const [stride, dilation] = [
      numberAttr(from.attrs, "stride"),
      numberAttr(from.attrs, "dilation"),
    ];
    const [newStride, newDilation] = [stride * outer.step, dilation * tap.step];
    const last = dim.add(
      dim.mul(dim.sub(outer.count, 1), newStride),
      dim.mul(dim.sub(tap.count, 1), newDilation),
    );
    const inner: Cut = {
      start: dim.add(dim.mul(outer.start, stride), dim.mul(tap.start, dilation)),
      count: dim.add(last, 1),
      step: 1,
    };
    return r.op("window", [sliceBy(r, from.operands[0]!, cuts.toSpliced(axis, 2, inner))], {
      axis,
      count: outer.count,
      size: tap.count,
      stride: newStride,
      dilation: newDilation,
    });
  },
};

const sliceOfContract: Row = {
  rule: "slice(contract(x, y)) -> contract(slice x, slice y)",
  roots: ["slice"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "contract");
    if (from === null || r.uses(x!) > 1) return null;
    const spec = parseSpec(textAttr(from.attrs, "spec"));
    const cuts = cutsOf(attrs);
    const [a, b] = from.operands.map((operand, side) => {
      const letters = side === 0 ? spec.a : spec.b;
      const own = [...letters].map((letter, axis) => {
        const at = spec.out.indexOf(letter);
        return at < 0 ? whole(operand.type.shape[axis]!) : cuts[at]!;
      });
      return sliceBy(r, operand, own);
    });
    return r.op("contract", [a!, b!], from.attrs);
  },
};

const sliceOfBroadcast: Row = {
  rule: "slice(broadcast x) -> broadcast(slice x)",
  roots: ["slice"],
  apply: (r, [x], attrs) => {
    const from = r.opOf(x!, "broadcast");
    if (from === null) return null;
    const axes = numbersAttr(from.attrs, "axes");
    const own = cutsOf(attrs).filter((_, axis) => !axes.includes(axis));
    return broadcastAlong(r, sliceBy(r, from.operands[0]!, own), dimsAttr(attrs, "count"), axes);
  },
};

const foldOfPad: Row = {
  rule: "fold(pad y) -> pad(fold y) where they touch different axes and the pad is 0",
  roots: ["fold"],
  apply: (r, [y], attrs) => {
    const from = r.opOf(y!, "pad");
    if (from === null || from.attrs["value"] !== 0) return null;
    const axis = numberAttr(attrs, "axis");
    const lists = ["lo", "hi", "interior"].map((name) => dimsAttr(from.attrs, name));
    if (lists.some((list) => list[axis] !== 0 || list[axis + 1] !== 0)) return null;
    const [lo, hi, interior] = lists.map((list) => list.toSpliced(axis, 2, 0));
    const value = r.op("fold", from.operands, attrs);
    return r.op("pad", [value], { lo: lo!, hi: hi!, interior: interior!, value: 0 });
  },
};

export const sliceRows: readonly Row[] = [
  sliceOfPad,
  sliceOfWindow,
  sliceOfContract,
  sliceOfBroadcast,
  foldOfPad,
];
