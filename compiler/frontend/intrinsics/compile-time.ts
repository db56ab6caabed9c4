// Functions that ask the compiler: sizes, ranks, lists, gradients.

import { diagnostic } from "../../../grammar/report.ts";
import { ancestorsOf } from "../../ir/ancestors.ts";
import { product } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { reduceSum } from "../../ops/compose.ts";
import { axisList } from "../axes.ts";
import { isStaticNumber, sizeItem, toInteger } from "../convert.ts";
import { describeItem } from "../describe.ts";
import { align } from "../pointwise.ts";
import { unknown } from "../value.ts";
import type { Item, Label, SizeItem, TensorItem } from "../value.ts";
import {
  argumentItem,
  argumentSpan,
  axesArgument,
  axisArgument,
  tensorArgument,
} from "./arguments.ts";
import { optional, required } from "./define.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";

/** A size carries the label of the axis it is of. */
const sizeAt = ({ value, labels }: TensorItem, axis: number): SizeItem => {
  const label: Label = labels[axis] ?? null;
  return { kind: "size", dim: value.type.shape[axis]!, label, fromShape: true };
};

const size = (call: IntrinsicCall): Item => {
  const x = tensorArgument(call, "x");
  if (x === null) return unknown;
  if (!call.args.has("axis"))
    return { kind: "list", items: x.labels.map((_, axis) => sizeAt(x, axis)) };
  const axis = axisArgument(call, "axis", x);
  return axis === null ? unknown : sizeAt(x, axis);
};

const rank = (call: IntrinsicCall): Item => {
  const x = tensorArgument(call, "x");
  return x === null ? unknown : sizeItem(x.labels.length);
};

const axes = (call: IntrinsicCall): Item => {
  const x = tensorArgument(call, "x");
  const found = x === null ? null : axesArgument(call, "over", x, "all");
  return found === null ? unknown : axisList(found);
};

const count = (call: IntrinsicCall): Item => {
  const x = tensorArgument(call, "x");
  const found = x === null ? null : axesArgument(call, "over", x, "all");
  if (x === null || found === null) return unknown;
  const only = found.length === 1 ? (x.labels[found[0]!] ?? null) : null;
  const dim = product(found.map((axis) => x.value.type.shape[axis]!));
  return { kind: "size", dim, label: only };
};

const wrongKind = (call: IntrinsicCall, item: Item, expected: string, name: string): Item => {
  if (item.kind !== "unknown") {
    const holes = { expected, actual: describeItem(item) };
    call.ctx.report(diagnostic("DLM0304", argumentSpan(call, name), holes));
  }
  return unknown;
};

const len = (call: IntrinsicCall): Item => {
  const item = argumentItem(call, "list");
  return item.kind === "list" || item.kind === "tuple"
    ? sizeItem(item.items.length)
    : wrongKind(call, item, "a list", "list");
};

/** Longest list a program may ask for by number. */
const longest = 100_000;

const integerArgument = (call: IntrinsicCall, name: string, missing: number): number | null => {
  const arg = call.args.get(name);
  return arg === undefined ? missing : toInteger(call.ctx, arg.item, arg.span);
};

const range = (call: IntrinsicCall): Item => {
  const first = integerArgument(call, "start", 0);
  const step = integerArgument(call, "step", 1);
  const end = integerArgument(call, "end", first ?? 0);
  if (first === null || step === null || end === null) return unknown;
  const start = call.args.has("end") ? first : 0;
  const length = step === 0 ? -1 : Math.max(0, Math.ceil((end - start) / step));
  if (length < 0 || length > longest) {
    const [name, value] = length < 0 ? ["step", step] : ["range", length];
    const expected = length < 0 ? "not 0" : `at most ${longest} long`;
    call.ctx.report(diagnostic("DLM0316", call.span, { name, value, expected }));
    return unknown;
  }
  const items = Array.from({ length }, (_, i) => sizeItem(start + i * step));
  return { kind: "list", items };
};

/** `n` times the value; a list of that length stays. */
const spread = (call: IntrinsicCall): Item => {
  const item = argumentItem(call, "value");
  const n = integerArgument(call, "n", 1);
  if (n === null || item.kind === "unknown") return unknown;
  if (item.kind !== "list")
    return n >= 0 && n <= longest
      ? { kind: "list", items: Array.from({ length: n }, () => item) }
      : wrongKind(call, sizeItem(n), "a small whole number", "n");
  if (item.items.length === n) return item;
  return wrongKind(call, item, `one value or a list of ${n}`, "value");
};

const stopGradient = (call: IntrinsicCall): Item => {
  const item = argumentItem(call, "x");
  if (isStaticNumber(item) || item.kind === "host") return item;
  const { ctx, name } = call;
  const span = argumentSpan(call, "x");
  const operand = { item, text: ctx.text(span) };
  const aligned = align(ctx, name, [operand], (dtypes) => dtypes, span);
  return aligned === null
    ? unknown
    : aligned.wrap(ctx.builder.op("stopGradient", [aligned.values[0]!]));
};

/** `grad(y, x)`: y one number or one per example; the marker op is expanded when differentiating. */
const grad = (call: IntrinsicCall): Item => {
  const { ctx, span } = call;
  const y = argumentItem(call, "y");
  const x = argumentItem(call, "x");
  if (y.kind === "unknown" || x.kind === "unknown") return unknown;
  const scores = y.kind === "tensor" && y.value.type.dtype === "f32" && y.labels.length <= 1;
  if (!scores) return wrongKind(call, y, "one number, or one per example", "y");
  if (x.kind !== "tensor" || x.value.type.dtype !== "f32")
    return wrongKind(call, x, "a float tensor", "x");
  if (!ancestorsOf([y.value]).has(x.value)) {
    const [a, b] = [argumentSpan(call, "y"), argumentSpan(call, "x")];
    const holes = { y: ctx.text(a), x: ctx.text(b) };
    const label = "this value takes no part in it";
    const helps = [
      {
        text: `\`${holes.y}\` must be computed from \`${holes.x}\` itself, not from what it was made of`,
      },
    ];
    ctx.report(diagnostic("DLM0702", b, holes, { label, helps }));
    return unknown;
  }
  const total: Value = reduceSum(
    ctx.builder,
    y.value,
    y.labels.map((_, axis) => axis),
  );
  ctx.builder.at(span);
  return { ...x, value: ctx.builder.op("grad", [total, x.value]) };
};

const overAll = optional("over", "axes(x)");

export const compileTimeIntrinsics: Readonly<Record<string, Intrinsic>> = {
  size: { params: [required("x"), optional("axis", "all of them")], run: size },
  rank: { params: [required("x")], run: rank },
  axes: { params: [required("x"), overAll], run: axes },
  count: { params: [required("x"), overAll], run: count },
  len: { params: [required("list")], run: len },
  range: {
    params: [required("start"), optional("end", "start, from 0"), optional("step", "1")],
    run: range,
  },
  spread: { params: [required("value"), required("n")], run: spread },
  grad: { params: [required("y"), required("x")], run: grad },
  stop_gradient: { params: [required("x")], pointwise: true, run: stopGradient },
};
