// Records of the ops between an axis and its overlapping windows: window, and its adjoint fold.

import { CompilerBug } from "../../grammar/bug.ts";
import * as dim from "../ir/dim.ts";
import { printType } from "../ir/type.ts";
import {
  addI,
  axis,
  divI,
  eqI,
  int,
  modI,
  mulI,
  num,
  over,
  reduce,
  select,
  subI,
} from "../kernel/build.ts";
import { dimAttr, numberAttr } from "./attrs.ts";
import type { OpDef } from "./define.ts";
import { all, inside } from "./index-math.ts";

export const window: OpDef = {
  doc: "Axis {axis} becomes [{count}, {size}]: element [o, j] is at o * {stride} + j * {dilation}.",
  arity: 1,
  infer: ([x], attrs) => {
    const at = numberAttr(attrs, "axis");
    const [count, size] = [dimAttr(attrs, "count"), dimAttr(attrs, "size")];
    const last = dim.add(
      dim.mul(dim.sub(count, 1), numberAttr(attrs, "stride")),
      dim.mul(dim.sub(size, 1), numberAttr(attrs, "dilation")),
    );
    const room = at in x!.shape ? dim.sub(dim.sub(x!.shape[at]!, 1), last) : -1;
    if (typeof room === "number" && room < 0)
      throw new CompilerBug(`window over axis ${at} leaves ${printType(x!)}`);
    return [{ dtype: x!.dtype, shape: x!.shape.toSpliced(at, 1, count, size) }];
  },
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: ([x], index) => {
      const at = numberAttr(attrs, "axis");
      const outer = mulI(index[at]!, int(numberAttr(attrs, "stride")));
      const tap = mulI(index[at + 1]!, int(numberAttr(attrs, "dilation")));
      return x!.at(index.toSpliced(at, 2, addI(outer, tap)));
    },
  }),
  vjp: (b, ct, [x], _y, attrs) => [
    b.op("fold", [ct], {
      axis: attrs["axis"]!,
      extent: x!.type.shape[numberAttr(attrs, "axis")]!,
      stride: attrs["stride"]!,
      dilation: attrs["dilation"]!,
    }),
  ],
  samples: [
    { operands: [{ shape: [7] }], attrs: { axis: 0, count: 5, size: 3, stride: 1, dilation: 1 } },
    {
      operands: [{ shape: [3, 8] }],
      attrs: { axis: 1, count: 3, size: 2, stride: 2, dilation: 3 },
    },
    {
      operands: [{ shape: [5, 1, 2] }],
      attrs: { axis: 0, count: 2, size: 1, stride: 3, dilation: 1 },
    },
    {
      operands: [{ shape: [2, 7] }],
      attrs: { axis: 1, count: 2, size: 2, stride: 3, dilation: 2 },
    },
  ],
};

export const fold: OpDef = {
  doc: "Adjoint of window: axes [count, size] become {extent}; i sums [o, j] with o * {stride} + j * {dilation} = i.",
  arity: 1,
  infer: ([y], attrs) => {
    const at = numberAttr(attrs, "axis");
    if (at + 1 >= y!.shape.length)
      throw new CompilerBug(`fold over axis ${at} cannot take ${printType(y!)}`);
    return [{ dtype: y!.dtype, shape: y!.shape.toSpliced(at, 2, dimAttr(attrs, "extent")) }];
  },
  meaning: ([type], attrs) => ({
    kind: "expr",
    at: ([y], index, fresh) => {
      const at = numberAttr(attrs, "axis");
      const stride = int(numberAttr(attrs, "stride"));
      const tap = over(fresh("j"), type!.shape[at + 1]!);
      const from = subI(index[at]!, mulI(axis(tap.name), int(numberAttr(attrs, "dilation"))));
      const outer = divI(from, stride);
      const guards = [inside(outer, type!.shape[at]!)];
      if (numberAttr(attrs, "stride") !== 1) guards.push(eqI(modI(from, stride), int(0)));
      const element = y!.at(index.toSpliced(at, 1, outer, axis(tap.name)));
      return reduce("add", [tap], select(all(guards), element, num(0, type!.dtype)));
    },
  }),
  vjp: (b, ct, [y], _result, attrs) => {
    const at = numberAttr(attrs, "axis");
    return [
      b.op("window", [ct], {
        axis: at,
        count: y!.type.shape[at]!,
        size: y!.type.shape[at + 1]!,
        stride: attrs["stride"]!,
        dilation: attrs["dilation"]!,
      }),
    ];
  },
  samples: [
    { operands: [{ shape: [5, 3] }], attrs: { axis: 0, extent: 7, stride: 1, dilation: 1 } },
    { operands: [{ shape: [3, 3, 2] }], attrs: { axis: 1, extent: 8, stride: 2, dilation: 3 } },
    { operands: [{ shape: [2, 1, 5] }], attrs: { axis: 0, extent: 5, stride: 3, dilation: 1 } },
  ],
};
