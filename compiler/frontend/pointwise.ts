// Numbers of any kind, whole arrays or per letter, to values of one shape that an elementwise op can take.

import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import { broadcastTo } from "../ops/compose.ts";
import { meet } from "./broadcast.ts";
import type { Named } from "./broadcast.ts";
import type { Context } from "./context.ts";
import { castValue, dtypeOf, isStaticNumber, promote, scalarValue, tensorItem } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { affineValue, layOut, lettersOf } from "./letters.ts";
import type { Extents } from "./letters.ts";
import type { HostItem, Item, TensorItem } from "./value.ts";

/** An operand with its text in the source, for messages. */
export type Operand = { readonly item: Item; readonly text: string };

/** Values of one shape, and the way back to an item for a result of that shape. */
export type Aligned = {
  readonly values: readonly Value[];
  readonly wrap: (value: Value) => Item;
};

/** Element types of the operands to the one each is cast to; null when the operator does not take them. */
export type Typing = (dtypes: readonly DType[]) => readonly DType[] | null;

const widest = (dtypes: readonly DType[]): DType => dtypes.reduce(promote);
const everywhere = (dtypes: readonly DType[], dtype: DType): readonly DType[] =>
  dtypes.map(() => dtype);

/** bool counts as int: `+ - * %`, max, min, neg. */
export const arithmeticTyping: Typing = (dtypes) =>
  everywhere(dtypes, promote(widest(dtypes), "i32"));
/** Division and the functions of analysis. */
export const floatTyping: Typing = (dtypes) => everywhere(dtypes, "f32");
export const commonTyping: Typing = (dtypes) => everywhere(dtypes, widest(dtypes));
export const boolTyping: Typing = (dtypes) =>
  dtypes.every((dtype) => dtype === "bool") ? dtypes : null;
/** Condition, then the two sides. */
export const selectTyping: Typing = ([condition, ...sides]) =>
  condition === "bool" ? ["bool", ...everywhere(sides, widest(sides))] : null;

/** Element types of operands, or null after a report that `op` does not work on one of them. */
export const typeOperands = (
  ctx: Context,
  op: string,
  operands: readonly Operand[],
  typing: Typing,
  span: Span,
): readonly DType[] | null => {
  const dtypes: DType[] = [];
  for (const { item } of operands) {
    const dtype = dtypeOf(item);
    if (dtype === null) return refuseOperand(ctx, op, item, span);
    dtypes.push(dtype);
  }
  const typed = typing(dtypes);
  if (typed !== null) return typed;
  const wrong = operands.find((_, i) => dtypes[i] !== "bool") ?? operands[0]!;
  return refuseOperand(ctx, op, wrong.item, span);
};

const refuseOperand = (ctx: Context, op: string, item: Item, span: Span): null => {
  if (item.kind !== "unknown")
    ctx.report(diagnostic("DLM0305", span, { op, actual: describeItem(item) }));
  return null;
};

/** Casts and broadcasts operands to one shape. Reports and returns null where they do not fit. */
export const align = (
  ctx: Context,
  op: string,
  operands: readonly Operand[],
  typing: Typing,
  span: Span,
): Aligned | null => {
  const dtypes = typeOperands(ctx, op, operands, typing, span);
  if (dtypes === null) return null;
  const perLetter = operands.some(({ item }) => item.kind === "indexed" || item.kind === "affine");
  return perLetter
    ? alignLetters(ctx, operands, dtypes, span)
    : alignArrays(ctx, operands, dtypes, span);
};

const alignArrays = (
  ctx: Context,
  operands: readonly Operand[],
  dtypes: readonly DType[],
  span: Span,
): Aligned | null => {
  const named = operands.flatMap(({ item, text }): readonly Named[] =>
    item.kind === "tensor" ? [{ item, text }] : [],
  );
  if (named.length === 0) {
    const values = operands.map(({ item }, i) => scalarOf(ctx, item, dtypes[i]!, []));
    return { values, wrap: tensorItem };
  }
  const meeting = meet(ctx, named, span);
  if (meeting === null) return null;
  const { shape, labels, origins } = meeting;
  const values = operands.map(({ item }, i) =>
    item.kind === "tensor"
      ? broadcastTo(ctx.builder, castValue(ctx, item.value, dtypes[i]!), shape)
      : scalarOf(ctx, item, dtypes[i]!, shape),
  );
  const origin = named.map(({ item }) => item.origin).find((place) => place !== null) ?? null;
  return {
    values,
    wrap: (value): TensorItem => ({ kind: "tensor", value, labels, origin, axisOrigins: origins }),
  };
};

const scalarOf = (ctx: Context, item: Item, dtype: DType, shape: readonly Dim[]): Value =>
  scalarValue(ctx, isStaticNumber(item) ? item : (item as HostItem), dtype, shape);

const alignLetters = (
  ctx: Context,
  operands: readonly Operand[],
  dtypes: readonly DType[],
  span: Span,
): Aligned | null => {
  const extents = unionOfLetters(operands.map(({ item }) => item));
  const values: Value[] = [];
  for (const [i, { item, text }] of operands.entries()) {
    const value = perLetterValue(ctx, item, text, dtypes[i]!, extents, span);
    if (value === null) return null;
    values.push(value);
  }
  const letters = [...extents.keys()];
  return { values, wrap: (value) => ({ kind: "indexed", value, letters }) };
};

/** In the order of the item with the most letters, so that the largest value is not transposed. */
const unionOfLetters = (items: readonly Item[]): Extents => {
  const each = items.map(lettersOf).sort((a, b) => b.size - a.size);
  return new Map(each.flatMap((extents) => [...extents]));
};

/** One operand as a value with an axis for every letter of `extents`, in their order. */
export const perLetterValue = (
  ctx: Context,
  item: Item,
  text: string,
  dtype: DType,
  extents: Extents,
  span: Span,
): Value | null => {
  switch (item.kind) {
    case "indexed":
      return layOut(ctx, castValue(ctx, item.value, dtype), item.letters, extents);
    case "affine":
      return layOut(
        ctx,
        castValue(ctx, affineValue(ctx, item), dtype),
        [...item.coefficients.keys()],
        extents,
      );
    case "tensor": {
      const rank = item.value.type.shape.length;
      if (rank > 0) return refuseWhole(ctx, text, rank, span);
      return layOut(ctx, castValue(ctx, item.value, dtype), [], extents);
    }
    default:
      return scalarOf(ctx, item, dtype, [...extents.values()]);
  }
};

/** DLM0414: a whole array where there is one value per letter. */
export const refuseWhole = (ctx: Context, text: string, rank: number, span: Span): null => {
  const problem = `needs a subscript for ${rank === 1 ? "its axis" : `each of its ${rank} axes`}`;
  const helps = [
    { text: `subscript it with letters, as in \`${text}[…]\`; slice it first to fix an axis` },
  ];
  ctx.report(diagnostic("DLM0414", span, { value: text, problem }, { helps }));
  return null;
};
