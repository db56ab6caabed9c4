// Functions that depend on the order along one axis: running sums and products, sorting, the k largest.

import { diagnostic } from "../../../grammar/report.ts";
import { proveAtLeast, upperBound } from "../../ir/dim-proof.ts";
import { printDim } from "../../ir/dim-text.ts";
import { sub } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { broadcastAlong, broadcastTo, positionsAlong, sliceAlong } from "../../ops/compose.ts";
import { axisArgument } from "./arguments.ts";
import {
  argumentItem,
  argumentSpan,
  boolArgument,
  sizeArgument,
  tensorArgument,
} from "./arguments.ts";
import type { Context } from "../context.ts";
import { castValue, promote } from "../convert.ts";
import { unknown } from "../value.ts";
import type { Item, Label, TensorItem } from "../value.ts";
import { optional, required } from "./define.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";

const overLast = optional("over", "-1");

const running =
  (build: (ctx: Context, x: Value, axis: number) => Value): Intrinsic["run"] =>
  (call) => {
    const x = tensorArgument(call, "x");
    const axis = x === null ? null : axisArgument(call, "over", x);
    if (x === null || axis === null) return unknown;
    const numbers = castValue(call.ctx, x.value, promote(x.value.type.dtype, "i32"));
    return { ...x, value: build(call.ctx, numbers, axis) };
  };

const runningSum = ({ builder: b }: Context, x: Value, axis: number): Value =>
  b.op("cumSum", [x], { axis, reverse: false, exclusive: false });

/** Doubling: after step s every element holds the product of the 2s elements up to it; 1 comes in from the front. */
const runningProduct = (ctx: Context, x: Value, axis: number): Value => {
  const { builder: b } = ctx;
  const extent = x.type.shape[axis]!;
  const most = upperBound(extent, ctx.bounds);
  if (most === null || typeof extent !== "number") return productByMask(ctx, x, axis);
  const along = <T>(at: T, other: T): readonly T[] =>
    x.type.shape.map((_, i) => (i === axis ? at : other));
  let product = x;
  for (let by = 1; by < extent; by *= 2) {
    const kept = sliceAlong(b, product, axis, { count: extent - by });
    const attrs = { lo: along(by, 0), hi: along(0, 0), interior: along(0, 0), value: 1 };
    product = b.op("mul", [product, b.op("pad", [kept], attrs)]);
  }
  return product;
};

/** Product over j of `x[j]` where j <= i, else 1: for an extent that is bound at run time. */
const productByMask = ({ builder: b }: Context, x: Value, axis: number): Value => {
  const extent = x.type.shape[axis]!;
  const shape = x.type.shape.toSpliced(axis, 0, extent);
  const [i, j] = [axis, axis + 1].map((a) => positionsAlong(b, shape, a));
  const factors = broadcastAlong(b, x, shape, [axis]);
  const masked = b.op("select", [b.op("le", [j!, i!]), factors, b.constant(1, factors.type)]);
  return b.op("reduceProd", [masked], { axes: [axis + 1] });
};

/** Positions along an axis that `order` gives for rows of numbers, and the elements there, in place of the axis. */
const pick = (
  ctx: Context,
  x: TensorItem,
  axis: number,
  label: Label,
  order: (rows: Value) => Value,
): Item => {
  const { builder: b } = ctx;
  const rank = x.labels.length;
  const others = x.labels.map((_, i) => i).filter((i) => i !== axis);
  const toLast = [...others, axis];
  const back = x.labels.map((_, i) => toLast.indexOf(i));
  const turn = (value: Value, perm: readonly number[]): Value =>
    b.op("transpose", [value], { perm });
  const numbers = castValue(ctx, x.value, promote(x.value.type.dtype, "i32"));
  const at = order(turn(numbers, toLast));
  const attrs = { batch: rank - 1, checked: true };
  const found = b.op("gather", [turn(x.value, toLast), at], attrs);
  const labels = x.labels.with(axis, label);
  const item = (value: Value): TensorItem => ({
    kind: "tensor",
    value: turn(value, back),
    labels,
    origin: x.origin,
  });
  return { kind: "tuple", items: [item(found), item(at)], names: ["values", "indices"] };
};

const greatest = ({ builder: b }: Context, rows: Value, k: Dim): Value =>
  b.op("topK", [rows], { k });

/** Positions of all, least first and NaN last: the descending order of the rows read from the end, from its end. */
const ascending = (ctx: Context, rows: Value): Value => {
  const { builder: b } = ctx;
  const extent = rows.type.shape.at(-1)!;
  if (extent === 0) return greatest(ctx, rows, extent);
  const turned = (value: Value): Value => {
    const axis = value.type.shape.length - 1;
    return sliceAlong(b, value, axis, { start: sub(extent, 1), count: extent, step: -1 });
  };
  const fromEnd = turned(greatest(ctx, turned(rows), extent));
  return b.op("sub", [broadcastTo(b, b.size(sub(extent, 1)), fromEnd.type.shape), fromEnd]);
};

const sort: Intrinsic["run"] = (call) => {
  const { ctx } = call;
  const x = tensorArgument(call, "x");
  const axis = x === null ? null : axisArgument(call, "over", x);
  const descending = boolArgument(call, "descending", false);
  if (x === null || axis === null || descending === null) return unknown;
  return pick(ctx, x, axis, x.labels[axis]!, (rows) =>
    descending ? greatest(ctx, rows, rows.type.shape.at(-1)!) : ascending(ctx, rows),
  );
};

const topK: Intrinsic["run"] = (call) => {
  const { ctx } = call;
  const x = tensorArgument(call, "x");
  const k = sizeArgument(call, "k");
  const axis = x === null ? null : axisArgument(call, "over", x);
  if (x === null || k === null || axis === null) return unknown;
  if (!fits(call, k, x.value.type.shape[axis]!)) return unknown;
  const item = argumentItem(call, "k");
  const label = item.kind === "size" ? (item.label ?? null) : null;
  return pick(ctx, x, axis, label, (rows) => greatest(ctx, rows, k));
};

/** 1 <= k <= extent, now or when sizes are bound. */
const fits = (call: IntrinsicCall, k: Dim, extent: Dim): boolean => {
  const { ctx } = call;
  const span = argumentSpan(call, "k");
  const expected = `between 1 and ${printDim(extent)}`;
  for (const [room, least] of [[k, 1] as const, [sub(extent, k), 0] as const]) {
    const proof = proveAtLeast(room, least, ctx.bounds);
    if (proof === "no") {
      const holes = { name: "k", value: printDim(k), expected };
      ctx.report(diagnostic("DLM0316", span, holes));
      return false;
    }
    const condition = { kind: "at-least", dim: room, least } as const;
    const message = `\`k\` is ${printDim(k)}; it must be ${expected}`;
    if (proof === "unknown") ctx.check({ code: "DLM0316", message, condition, span });
  }
  return true;
};

export const orderIntrinsics: Readonly<Record<string, Intrinsic>> = {
  cumsum: { params: [required("x"), overLast], run: running(runningSum) },
  cumprod: { params: [required("x"), overLast], run: running(runningProduct) },
  sort: { params: [required("x"), overLast, optional("descending", "false")], run: sort },
  top_k: { params: [required("x"), required("k"), overLast], run: topK },
};
