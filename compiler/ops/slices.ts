// Records of the ops that take elements at a step or put elements around them: slice, pad.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import * as dim from "../ir/dim.ts";
import type { Attrs } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { printType } from "../ir/type.ts";
import { addI, divI, eqI, int, modI, mulI, num, select, size, subI } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import { dimsAttr, numberAttr, numbersAttr } from "./attrs.ts";
import type { OpDef } from "./define.ts";
import { all, inside } from "./index-math.ts";
import { viewUnderMask } from "./mask.ts";

type SliceAxis = { readonly start: Dim; readonly count: Dim; readonly step: number };

const sliceAxes = (attrs: Attrs): readonly SliceAxis[] => {
  const [start, count] = [dimsAttr(attrs, "start"), dimsAttr(attrs, "count")];
  return numbersAttr(attrs, "step").map((step, axis) => ({
    start: start[axis]!,
    count: count[axis]!,
    step,
  }));
};

/** First and last position that a slice reads, in order of position. */
const sliceReach = ({ start, count, step }: SliceAxis): readonly [Dim, Dim] => {
  const end = dim.add(start, dim.mul(step, dim.sub(count, 1)));
  return step > 0 ? [start, end] : [end, start];
};

const provedOutside = (type: TensorType, attrs: Attrs): boolean =>
  sliceAxes(attrs).some((along, axis) => {
    const [first, last] = sliceReach(along);
    const room = dim.sub(dim.sub(type.shape[axis]!, 1), last);
    return (typeof first === "number" && first < 0) || (typeof room === "number" && room < 0);
  });

export const slice: OpDef = {
  doc: "Per axis {count} elements from {start} in steps of {step}; step -1 reverses.",
  arity: 1,
  infer: ([x], attrs) => {
    const axes = sliceAxes(attrs);
    const shapes = [dimsAttr(attrs, "start"), dimsAttr(attrs, "count"), axes];
    if (shapes.some((list) => list.length !== x!.shape.length) || axes.some((a) => a.step === 0))
      throw new CompilerBug(`slice needs start, count and step per axis of ${printType(x!)}`);
    if (provedOutside(x!, attrs)) throw new CompilerBug(`slice leaves ${printType(x!)}`);
    return [{ dtype: x!.dtype, shape: dimsAttr(attrs, "count") }];
  },
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: ([x], index) =>
      x!.at(
        sliceAxes(attrs).map(({ start, step }, axis) =>
          step === -1
            ? subI(size(start), index[axis]!)
            : addI(size(start), mulI(index[axis]!, int(step))),
        ),
      ),
  }),
  vjp: (b, ct, [x], _y, attrs) => {
    const axes = sliceAxes(attrs);
    const forward = axes.every(({ step }) => step > 0)
      ? ct
      : b.op("slice", [ct], {
          start: axes.map(({ count, step }) => (step > 0 ? 0 : dim.sub(count, 1))),
          count: axes.map(({ count }) => count),
          step: axes.map(({ step }) => Math.sign(step)),
        });
    const reach = axes.map(sliceReach);
    return [
      b.op("pad", [forward], {
        lo: reach.map(([first]) => first),
        hi: reach.map(([, last], axis) => dim.sub(dim.sub(x!.type.shape[axis]!, 1), last)),
        interior: axes.map(({ step }) => Math.abs(step) - 1),
        value: 0,
      }),
    ];
  },
  samples: [
    { operands: [{ shape: [7] }], attrs: { start: [1], count: [3], step: [2] } },
    { operands: [{ shape: [3, 5] }], attrs: { start: [2, 1], count: [3, 3], step: [-1, 1] } },
    {
      operands: [{ shape: [2, 1, 7] }],
      attrs: { start: [0, 0, 6], count: [1, 1, 3], step: [1, 1, -3] },
    },
  ],
};

type PadAxis = { readonly lo: Dim; readonly hi: Dim; readonly interior: number };

const padAxes = (attrs: Attrs): readonly PadAxis[] => {
  const [lo, hi] = [dimsAttr(attrs, "lo"), dimsAttr(attrs, "hi")];
  return numbersAttr(attrs, "interior").map((interior, axis) => ({
    lo: lo[axis]!,
    hi: hi[axis]!,
    interior,
  }));
};

export const pad: OpDef = {
  doc: "Per axis {lo} and {hi} elements of {value} around, and {interior} between neighbours.",
  arity: 1,
  infer: ([x], attrs) => {
    const axes = padAxes(attrs);
    const negative = axes.some(
      ({ lo, hi, interior }) =>
        (typeof lo === "number" && lo < 0) || (typeof hi === "number" && hi < 0) || interior < 0,
    );
    if (axes.length !== x!.shape.length || negative)
      throw new CompilerBug(`pad needs lo, hi and interior >= 0 per axis of ${printType(x!)}`);
    const shape = axes.map(({ lo, hi, interior }, axis) => {
      const inner = dim.add(dim.mul(dim.sub(x!.shape[axis]!, 1), interior + 1), 1);
      return dim.add(dim.add(lo, inner), hi);
    });
    return [{ dtype: x!.dtype, shape }];
  },
  meaning: ([type], attrs) => ({
    kind: "expr",
    at: ([x], index) => {
      const guards: Expr[] = [];
      const inner = padAxes(attrs).map(({ lo, hi, interior }, axis) => {
        if (lo === 0 && hi === 0 && interior === 0) return index[axis]!;
        const from = subI(index[axis]!, size(lo));
        const position = divI(from, int(interior + 1));
        guards.push(inside(position, type!.shape[axis]!));
        if (interior > 0) guards.push(eqI(modI(from, int(interior + 1)), int(0)));
        return position;
      });
      if (guards.length === 0) return x!.at(inner);
      return select(all(guards), x!.at(inner), num(numberAttr(attrs, "value"), type!.dtype));
    },
  }),
  vjp: (b, ct, [x], _y, attrs) => {
    const axes = padAxes(attrs);
    return [
      viewUnderMask(b, ct, (value) =>
        b.op("slice", [value], {
          start: axes.map(({ lo }) => lo),
          count: x!.type.shape,
          step: axes.map(({ interior }) => interior + 1),
        }),
      ),
    ];
  },
  samples: [
    { operands: [{ shape: [5] }], attrs: { lo: [2], hi: [1], interior: [0], value: 0.5 } },
    {
      operands: [{ shape: [3, 1] }],
      attrs: { lo: [0, 3], hi: [2, 0], interior: [1, 2], value: 0 },
    },
    {
      operands: [{ shape: [2, 3, 7] }],
      attrs: { lo: [0, 1, 0], hi: [0, 0, 0], interior: [0, 2, 0], value: -1 },
    },
  ],
};
