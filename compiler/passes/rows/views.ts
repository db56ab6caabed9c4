// Rules that compose views with one another and drop those that change nothing.

import type { Dim } from "../../ir/dim.ts";
import * as dim from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { equalShapes } from "../../ir/type.ts";
import { dimsAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { broadcastAlong, reshapeTo } from "../../ops/compose.ts";
import { filledWith } from "../../ops/mask.ts";
import type { Rewriter, Row } from "../rewrite.ts";

/** A filled constant, or null: a view of it is the same number in another shape. */
const filler = (r: Rewriter, x: Value): number | null =>
  r.opOf(x, "constant") === null ? null : filledWith(x);

const filledView = (r: Rewriter, x: Value, shape: readonly Dim[]): Value | null => {
  const number = filler(r, x);
  return number === null ? null : r.constant(number, { dtype: x.type.dtype, shape });
};

export const viewRows: readonly Row[] = [
  {
    rule: "reshape(constant) -> constant; reshape(reshape x) -> reshape x",
    roots: ["reshape"],
    apply: (r, [x], attrs) => {
      const from = r.opOf(x!, "reshape");
      if (from !== null) return reshapeTo(r, from.operands[0]!, dimsAttr(attrs, "shape"));
      return filledView(r, x!, dimsAttr(attrs, "shape"));
    },
  },
  {
    rule: "reshape(broadcast x) -> broadcast x where the reshape only drops repeated axes of size 1",
    roots: ["reshape"],
    apply: (r, [x], attrs) => {
      const from = r.opOf(x!, "broadcast");
      if (from === null) return null;
      const axes = numbersAttr(from.attrs, "axes");
      const shape = x!.type.shape;
      const kept = shape.flatMap((d, axis) => (d === 1 && axes.includes(axis) ? [] : [axis]));
      const left = kept.map((axis) => shape[axis]!);
      if (kept.length === shape.length || !equalShapes(left, dimsAttr(attrs, "shape"))) return null;
      const repeated = kept.flatMap((axis, i) => (axes.includes(axis) ? [i] : []));
      return broadcastAlong(r, from.operands[0]!, left, repeated);
    },
  },
  {
    rule: "transpose(constant) -> constant; transpose(transpose x) -> transpose x",
    roots: ["transpose"],
    apply: (r, [x], attrs) => {
      const perm = numbersAttr(attrs, "perm");
      const from = r.opOf(x!, "transpose");
      if (from === null)
        return filledView(
          r,
          x!,
          perm.map((axis) => x!.type.shape[axis]!),
        );
      const inner = numbersAttr(from.attrs, "perm");
      return r.op("transpose", from.operands, { perm: perm.map((axis) => inner[axis]!) });
    },
  },
  {
    rule: "transpose(broadcast x) -> broadcast(transpose x)",
    roots: ["transpose"],
    apply: (r, [x], attrs) => {
      const from = r.opOf(x!, "broadcast");
      if (from === null) return null;
      const perm = numbersAttr(attrs, "perm");
      const axes = numbersAttr(from.attrs, "axes");
      const kept = x!.type.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const inner = perm.filter((axis) => !axes.includes(axis)).map((axis) => kept.indexOf(axis));
      return broadcastAlong(
        r,
        r.op("transpose", from.operands, { perm: inner }),
        perm.map((axis) => x!.type.shape[axis]!),
        perm.flatMap((axis, i) => (axes.includes(axis) ? [i] : [])),
      );
    },
  },
  {
    rule: "broadcast(constant) -> constant; broadcast(broadcast x) -> broadcast x; along axes of size 1 it is a reshape",
    roots: ["broadcast"],
    apply: (r, [x], attrs) => {
      const [shape, axes] = [dimsAttr(attrs, "shape"), numbersAttr(attrs, "axes")];
      const constant = filledView(r, x!, shape);
      if (constant !== null) return constant;
      if (axes.every((axis) => shape[axis] === 1)) return reshapeTo(r, x!, shape);
      const from = r.opOf(x!, "broadcast");
      if (from === null) return null;
      const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const before = numbersAttr(from.attrs, "axes").map((axis) => kept[axis]!);
      const all = [...axes, ...before].sort((a, b) => a - b);
      return broadcastAlong(r, from.operands[0]!, shape, all);
    },
  },
  {
    rule: "slice of everything -> x; slice(slice x) -> slice x; slice(constant) -> constant",
    roots: ["slice"],
    apply: (r, [x], attrs) => {
      const [start, count] = [dimsAttr(attrs, "start"), dimsAttr(attrs, "count")];
      const step = numbersAttr(attrs, "step");
      const whole = step.every((s, i) => s === 1 || count[i] === 1) && start.every((s) => s === 0);
      if (whole && equalShapes(count, x!.type.shape)) return x!;
      const from = r.opOf(x!, "slice");
      if (from === null) return filledView(r, x!, count);
      const inner = numbersAttr(from.attrs, "step");
      const first = dimsAttr(from.attrs, "start");
      return r.op("slice", from.operands, {
        start: start.map((s, i) => dim.add(first[i]!, dim.mul(s, inner[i]!))),
        count,
        step: step.map((s, i) => s * inner[i]!),
      });
    },
  },
  {
    rule: "slice(concat(…, x, …)) -> slice x where it stays inside x",
    roots: ["slice"],
    apply: (r, [x], attrs) => {
      const from = r.opOf(x!, "concat");
      if (from === null) return null;
      const axis = numberAttr(from.attrs, "axis");
      const start = dimsAttr(attrs, "start")[axis]!;
      const count = dimsAttr(attrs, "count")[axis]!;
      if (numbersAttr(attrs, "step")[axis] !== 1) return null;
      let before: Dim = 0;
      for (const part of from.operands) {
        const size = part.type.shape[axis]!;
        const lead = dim.sub(start, before);
        const room = dim.sub(size, dim.add(lead, count));
        if (typeof lead === "number" && typeof room === "number" && lead >= 0 && room >= 0)
          return r.op("slice", [part], {
            ...attrs,
            start: dimsAttr(attrs, "start").with(axis, lead),
          });
        before = dim.add(before, size);
      }
      return null;
    },
  },
  {
    rule: "pad by nothing -> x; pad(pad x) with one value -> pad x",
    roots: ["pad"],
    apply: (r, [x], attrs) => {
      const [lo, hi] = [dimsAttr(attrs, "lo"), dimsAttr(attrs, "hi")];
      const interior = numbersAttr(attrs, "interior");
      if ([...lo, ...hi, ...interior].every((n) => n === 0)) return x!;
      const from = r.opOf(x!, "pad");
      if (from === null || from.attrs["value"] !== attrs["value"]) return null;
      const [firstLo, firstHi] = [dimsAttr(from.attrs, "lo"), dimsAttr(from.attrs, "hi")];
      const first = numbersAttr(from.attrs, "interior");
      const untouched = first.map((n, i) => n === 0 && firstLo[i] === 0 && firstHi[i] === 0);
      if (interior.some((n, axis) => n !== 0 && !untouched[axis])) return null;
      return r.op("pad", from.operands, {
        ...attrs,
        lo: lo.map((d, axis) => dim.add(d, firstLo[axis]!)),
        hi: hi.map((d, axis) => dim.add(d, firstHi[axis]!)),
        interior: interior.map((n, axis) => n + first[axis]!),
      });
    },
  },
];
