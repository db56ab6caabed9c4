// `let e: type ~ distribution` in a body into a random op and the arithmetic around it.

import type { DrawLet } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import { broadcastItem } from "./broadcast.ts";
import type { Context, Frame } from "./context.ts";
import { castValue, knownNumber, toTensor } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { drawInScans } from "./open-scan.ts";
import { resolveType } from "./types.ts";
import { unknown } from "./value.ts";
import type { DistributionItem, Item, Label, TensorItem } from "./value.ts";

/** What a draw fills: declared, or taken from the tensors among the distribution's arguments. */
type Shape = {
  readonly dtype: DType | null;
  readonly shape: readonly Dim[];
  readonly labels: readonly Label[];
  readonly spans: readonly Span[];
};

export const evaluateDraw = (ctx: Context, frame: Frame, statement: DrawLet): Item => {
  const { value, type } = statement;
  const item = ctx.evaluate(value, frame);
  const declared = type === null ? null : resolveType(ctx, frame, type);
  if (item.kind === "unknown" || (type !== null && declared === null)) return unknown;
  if (item.kind !== "distribution") {
    const expected = "a distribution such as `normal(0, 1)`";
    ctx.report(diagnostic("DLM0304", value.span, { expected, actual: describeItem(item) }));
    return unknown;
  }
  ctx.builder.at(statement.span);
  const draw = drawInput(ctx, frame);
  const target = declared ?? shapeOfArguments(item);
  const drawn = drawValue(ctx, item, draw, target, value.span);
  if (drawn === null) return unknown;
  if (declared !== null && declared.dtype !== "f32" && !(item.name in wholeNumbered)) {
    const actual = `a draw from \`${item.name}\``;
    ctx.report(diagnostic("DLM0304", value.span, { expected: "a float type", actual }));
    return unknown;
  }
  return { kind: "tensor", value: drawn, labels: target.labels, origin: type?.span ?? null };
};

const wholeNumbered = { bernoulli: true, integers: true };

/** i32[3]: the key words of the draw's stream and the execution counter, given by the host. */
const drawInput = (ctx: Context, frame: Frame): Value => {
  const { inputs, draws } = ctx.state;
  const { owner, body } = frame;
  const ordinal = body === null ? 0 : body.counts.draws++;
  const stream = `${owner?.path ?? ""}/${body?.name ?? ""}#${ordinal}@${body?.application ?? 0}`;
  const known = draws.get(stream);
  if (known !== undefined) return known;
  const value = ctx.builder.input("%", `draw${draws.size}`, { dtype: "i32", shape: [3] });
  draws.set(stream, value);
  inputs.push({ value, source: { kind: "draw", stream } });
  return value;
};

const shapeOfArguments = ({ args }: DistributionItem): Shape => {
  const tensors = [...args.values()].filter((arg) => arg.kind === "tensor");
  const widest = tensors.reduce<TensorItem | null>(
    (best, one) =>
      best === null || one.value.type.shape.length > best.value.type.shape.length ? one : best,
    null,
  );
  if (widest === null) return { dtype: null, shape: [], labels: [], spans: [] };
  const { shape } = widest.value.type;
  return { dtype: null, shape, labels: widest.labels, spans: [] };
};

const drawValue = (
  ctx: Context,
  { name, args }: DistributionItem,
  draw: Value,
  target: Shape,
  span: Span,
): Value | null => {
  const { builder } = ctx;
  const { shape, labels } = target;
  const argument = (key: string): Value | null => {
    const tensor = toTensor(ctx, args.get(key) ?? unknown, span);
    if (tensor === null) return null;
    const whole = { ...tensor, value: castValue(ctx, tensor.value, "f32") };
    return broadcastItem(ctx, whole, shape, labels, span)?.value ?? null;
  };
  const random = (dist: "uniform" | "normal"): Value =>
    drawInScans(ctx, shape, (whole) => builder.op("random", [draw], { dist, shape: whole }));
  const affine = (base: Value, scale: Value | null, shift: Value | null): Value | null =>
    scale === null || shift === null
      ? null
      : builder.op("add", [builder.op("mul", [base, scale]), shift]);
  const is = (key: string, number: number): boolean =>
    knownNumber(args.get(key) ?? unknown) === number;
  switch (name) {
    case "uniform": {
      if (is("lo", 0) && is("hi", 1)) return random("uniform");
      const lo = argument("lo");
      const hi = argument("hi");
      if (lo === null || hi === null) return null;
      return affine(random("uniform"), builder.op("sub", [hi, lo]), lo);
    }
    case "normal":
      if (is("mean", 0) && is("std", 1)) return random("normal");
      return affine(random("normal"), argument("std"), argument("mean"));
    case "bernoulli": {
      const p = argument("p");
      if (p === null) return null;
      return castValue(ctx, builder.op("lt", [random("uniform"), p]), target.dtype ?? "f32");
    }
    case "integers": {
      const lo = argument("lo");
      const hi = argument("hi");
      if (lo === null || hi === null) return null;
      const real = affine(random("uniform"), builder.op("sub", [hi, lo]), lo);
      if (real === null) return null;
      return castValue(ctx, builder.op("floor", [real]), target.dtype ?? "i32");
    }
    case "truncated":
    case "orthogonal": {
      const expected = "a distribution that can be drawn while running";
      const holes = { expected, actual: `\`${name}\`, which only weights start with` };
      ctx.report(diagnostic("DLM0304", span, holes));
      return null;
    }
  }
};
