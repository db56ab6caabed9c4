// `@` on whole arrays, as numpy.matmul: one contraction, whatever the ranks.

import type { BinaryExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { equalDims } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { reshapeTo } from "../ops/compose.ts";
import { printSpec } from "../ops/contract-spec.ts";
import type { Context } from "./context.ts";
import { castValue, dtypeOf, promote, refuseLetters, toTensor } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { expressionText } from "./expression-text.ts";
import { reportMismatch } from "./mismatch.ts";
import type { Side } from "./mismatch.ts";
import { unknown } from "./value.ts";
import type { Item, Label, TensorItem } from "./value.ts";

/** An operand while its axes get letters; a batch axis of size 1 that meets a larger one is dropped. */
type Factor = { readonly item: TensorItem; readonly value: Value; readonly letters: string };

const letterAt = (index: number): string => String.fromCharCode(97 + index);

const operand = (ctx: Context, expr: BinaryExpr["left"], item: Item): TensorItem | null => {
  if (item.kind === "indexed" || item.kind === "affine") return refuseLetters(ctx, "@", expr.span);
  const tensor = toTensor(ctx, item, expr.span);
  if (tensor === null || tensor.value.type.shape.length > 0) return tensor;
  ctx.report(diagnostic("DLM0305", expr.span, { op: "@", actual: describeItem(item) }));
  return null;
};

export const matmul = (ctx: Context, expr: BinaryExpr, left: Item, right: Item): Item => {
  const a = operand(ctx, expr.left, left);
  const b = a === null ? null : operand(ctx, expr.right, right);
  if (a === null || b === null) return unknown;
  const [rankA, rankB] = [a.value.type.shape.length, b.value.type.shape.length];
  const [textA, textB] = [expressionText(expr.left), expressionText(expr.right)];
  const sideA: Side = { item: a, text: textA, axis: rankA - 1 };
  const sideB: Side = { item: b, text: textB, axis: Math.max(0, rankB - 2) };
  const inner = a.value.type.shape.at(-1)!;
  if (!equalDims(inner, b.value.type.shape[sideB.axis]!)) {
    reportMismatch(ctx, sideA, sideB, expr.span, true);
    return unknown;
  }
  const batches = batchLetters(ctx, sideA, sideB, expr);
  if (batches === null) return unknown;
  const dtype = promote(promote(dtypeOf(a)!, dtypeOf(b)!), "i32");
  const [m, n, k] = [letterAt(25), letterAt(24), letterAt(23)];
  const specA = batches.a + (rankA > 1 ? m : "") + k;
  const specB = batches.b + k + (rankB > 1 ? n : "");
  const out = batches.out + (rankA > 1 ? m : "") + (rankB > 1 ? n : "");
  const product = ctx.builder.op(
    "contract",
    [squeeze(ctx, a, specA, dtype).value, squeeze(ctx, b, specB, dtype).value],
    { spec: printSpec({ a: withoutHoles(specA), b: withoutHoles(specB), out }) },
  );
  const columns = rankB > 1 ? b.labels.at(-1)! : null;
  const rows = rankA > 1 ? a.labels.at(-2)! : null;
  const labels = [...batches.labels, ...(rankA > 1 ? [rows] : []), ...(rankB > 1 ? [columns] : [])];
  return { kind: "tensor", value: product, labels, origin: a.origin };
};

const withoutHoles = (letters: string): string => letters.replaceAll("1", "");

/** Casts, and drops the axes that `letters` marks as 1. */
const squeeze = (
  ctx: Context,
  item: TensorItem,
  letters: string,
  dtype: "i32" | "f32" | "bool",
): Factor => {
  const shape = item.value.type.shape.filter((_, axis) => letters[axis] !== "1");
  const value = reshapeTo(ctx.builder, castValue(ctx, item.value, dtype), shape);
  return { item, value, letters };
};

type Batches = {
  readonly a: string;
  readonly b: string;
  readonly out: string;
  readonly labels: readonly Label[];
};

/** Letters of the axes before the last two, right-aligned; "1" where an axis is repeated along the other side's. */
const batchLetters = (ctx: Context, left: Side, right: Side, expr: BinaryExpr): Batches | null => {
  const [a, b] = [left, right].map(({ item }) => Math.max(0, item.value.type.shape.length - 2));
  const count = Math.max(a!, b!);
  const found = { a: "", b: "", out: "" };
  const labels: Label[] = [];
  for (let i = 0; i < count; i++) {
    const letter = letterAt(i);
    const [axisA, axisB] = [i - count + a!, i - count + b!];
    const dimA = axisA < 0 ? null : left.item.value.type.shape[axisA]!;
    const dimB = axisB < 0 ? null : right.item.value.type.shape[axisB]!;
    if (dimA !== null && dimB !== null && !equalDims(dimA, dimB) && dimA !== 1 && dimB !== 1)
      return reportMismatch(ctx, { ...left, axis: axisA }, { ...right, axis: axisB }, expr.span);
    const repeated = dimA !== null && dimB !== null && !equalDims(dimA, dimB);
    if (dimA !== null) found.a += repeated && dimA === 1 ? "1" : letter;
    if (dimB !== null) found.b += repeated && dimB === 1 ? "1" : letter;
    found.out += letter;
    const fromA = dimA !== null && !(repeated && dimA === 1) ? left.item.labels[axisA] : null;
    labels.push(fromA ?? (dimB === null ? null : (right.item.labels[axisB] ?? null)));
  }
  return { ...found, labels };
};
