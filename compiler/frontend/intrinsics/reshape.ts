// `reshape`: the same elements under other sizes, whose product must not change.

import { diagnostic } from "../../../grammar/report.ts";
import { proveAtLeast } from "../../ir/dim-proof.ts";
import { printDim } from "../../ir/dim-text.ts";
import { equalDims, exactDiv, mul, neg, product, sub } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import type { Context } from "../context.ts";
import { toSizes } from "../convert.ts";
import { unknown } from "../value.ts";
import type { Item, SizeItem, TensorItem } from "../value.ts";
import { sliceAlong } from "../../ops/compose.ts";
import { argumentItem, argumentSpan, tensorArgument } from "./arguments.ts";
import type { IntrinsicCall } from "./define.ts";

export const reshape = (call: IntrinsicCall): Item => {
  const { ctx } = call;
  const x = tensorArgument(call, "x");
  const written = toSizes(ctx, argumentItem(call, "shape"), argumentSpan(call, "shape"));
  if (x === null || written === null) return unknown;
  const sizes = inferOne(x, written);
  const shape = sizes.map(({ dim }) => dim);
  const tooSmall = sizes.find(({ dim }) => typeof dim === "number" && dim < 0);
  if (tooSmall !== undefined) {
    const holes = {
      what: "shape",
      size: `[${sizes.map(sizeText).join(", ")}]`,
      value: printDim(tooSmall.dim),
    };
    ctx.report(diagnostic("DLM0408", argumentSpan(call, "shape"), holes));
    return unknown;
  }
  const fitted = fit(ctx, x, shape, call);
  if (fitted === null) {
    reportCount(call, x, sizes);
    return unknown;
  }
  const value = ctx.builder.op("reshape", [fitted], { shape });
  return {
    kind: "tensor",
    value,
    labels: sizes.map((size) => size.label ?? null),
    origin: call.span,
  };
};

/** One size of -1 stands for what is left. */
const inferOne = (x: TensorItem, sizes: readonly SizeItem[]): readonly SizeItem[] => {
  const at = sizes.findIndex(({ dim }) => dim === -1);
  if (at < 0) return sizes;
  const others = product(sizes.filter((_, i) => i !== at).map(({ dim }) => dim));
  const left = others === 0 ? null : exactDiv(product(x.value.type.shape), others);
  return left === null ? sizes : sizes.with(at, { kind: "size", dim: left });
};

/**
 * `x` with as many elements as `shape`. Where the two counts agree only for some sizes (`T / 2`), that is checked when
 * sizes are bound, and the one axis in question is cut to what the shape says it is. Null where they never agree.
 */
const fit = (
  ctx: Context,
  x: TensorItem,
  shape: readonly Dim[],
  { span }: IntrinsicCall,
): Value | null => {
  const own = x.value.type.shape;
  const [before, after] = [product(own), product(shape)];
  if (equalDims(before, after)) return x.value;
  const difference = sub(before, after);
  const never = [difference, neg(difference)].some((d) => proveAtLeast(d, 1, ctx.bounds) === "yes");
  if (never || before === 0) return null;
  for (const [axis, dim] of own.entries()) {
    const wanted = exactDiv(mul(after, dim), before);
    if (wanted === null || proveAtLeast(sub(dim, wanted), 0, ctx.bounds) !== "yes") continue;
    const message = `reshape cannot keep the number of elements: ${printDim(before)} becomes ${printDim(after)}`;
    const condition = { kind: "equal", a: dim, b: wanted } as const;
    ctx.check({ code: "DLM0404", message, condition, span });
    return sliceAlong(ctx.builder, x.value, axis, { count: wanted });
  }
  return null;
};

const sizeText = ({ dim, label }: SizeItem): string =>
  typeof dim === "number" ? printDim(dim) : (label ?? printDim(dim));

const reportCount = (call: IntrinsicCall, x: TensorItem, sizes: readonly SizeItem[]): void => {
  const own = x.value.type.shape;
  // A first axis that stays is the batch: count per example.
  const batch = own.length > 1 && sizes.length > 0 && equalDims(own[0]!, sizes[0]!.dim);
  const rest = batch ? own.slice(1) : own;
  const wanted = (batch ? sizes.slice(1) : sizes).map(({ dim }) => dim);
  const [before, after] = [printDim(product(rest)), printDim(product(wanted))];
  const holes = { before: batch ? `${before} per example` : before, after };
  const label = `${wanted.map(printDim).join(" * ")} = ${after}`;
  const labels = x.origin === null ? [] : [{ span: x.origin, text: `${before} here` }];
  const helps = fitting(sizes, product(own)).map((text) => ({ text }));
  call.ctx.report(diagnostic("DLM0404", call.span, holes, { label, labels, helps }));
};

/** The shape with its last axes changed to what fits, where one of them alone can do it. */
const fitting = (sizes: readonly SizeItem[], count: Dim): readonly string[] => {
  for (let at = sizes.length - 1; at > 0; at--) {
    const others = product(sizes.filter((_, i) => i !== at).map(({ dim }) => dim));
    const left = others === 0 ? null : exactDiv(count, others);
    if (left === null) continue;
    const shape = sizes.map((size, i) => (i === at ? printDim(left) : sizeText(size)));
    return [`\`[${shape.join(", ")}]\` fits`];
  }
  return [];
};
