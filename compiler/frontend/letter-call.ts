// `f[i, j < n](e)`: the function over the axes that the letters make, whatever has an `over` parameter.

import type { CallExpr, Expr, Subscript } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import { equalDims } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import { axisList } from "./axes.ts";
import { bindLetters } from "./bind-letters.ts";
import type { LetterBinder } from "./bind-letters.ts";
import type { CallArg, Context, Frame, Letter } from "./context.ts";
import { dtypeOf, tensorItem } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { expressionText } from "./expression-text.ts";
import { hasOver, intrinsics } from "./intrinsics.ts";
import { lettersOf } from "./letters.ts";
import type { Extents } from "./letters.ts";
import { perLetterValue } from "./pointwise.ts";
import { writtenLetter } from "./scan-letters.ts";
import { unknown } from "./value.ts";
import type { Item } from "./value.ts";

/** The letters between the brackets: bound here, or of an enclosing statement (normalisers). */
type Brackets = {
  readonly frame: Frame;
  readonly letters: readonly Letter[];
  readonly enclosing: readonly Letter[];
};

export const letterCall = (ctx: Context, frame: Frame, expr: CallExpr): Item => {
  if (expr.callee.kind !== "index") return unknown;
  const { base, subscripts } = expr.callee;
  const callee = ctx.evaluate(base, frame);
  const name = expressionText(base);
  if (callee.kind === "unknown") return unknown;
  if (!takesOver(callee)) {
    const holes = { name, actual: describeItem(callee), expected: "a function with an `over`" };
    ctx.report(diagnostic("DLM0210", base.span, holes));
    return unknown;
  }
  const body = expr.args.map(({ value }) => value);
  const brackets = openBrackets(ctx, frame, subscripts, body);
  if (brackets === null) return unknown;
  const args = expr.args.map((arg): CallArg => ({
    name: arg.name?.text ?? null,
    item: ctx.evaluate(arg.value, brackets.frame),
    span: arg.value.span,
    ...(arg.name === null ? {} : { nameSpan: arg.name.span }),
  }));
  if (args.some(({ item }) => item.kind === "unknown")) return unknown;
  ctx.builder.at(expr.span);
  return callOver(ctx, frame, { expr, callee, name }, args, brackets);
};

const takesOver = (callee: Item): boolean => {
  if (callee.kind === "fn") return callee.decl.params.some((param) => param.name.text === "over");
  const intrinsic = callee.kind === "intrinsic" ? intrinsics.get(callee.name) : undefined;
  return intrinsic !== undefined && hasOver(intrinsic);
};

const boundOf = (subscript: Subscript): Expr | null =>
  subscript.kind === "at" && subscript.value.kind === "binary" ? subscript.value.right : null;

const openBrackets = (
  ctx: Context,
  frame: Frame,
  subscripts: readonly Subscript[],
  body: readonly Expr[],
): Brackets | null => {
  const binders: LetterBinder[] = [];
  const enclosing: Letter[] = [];
  for (const subscript of subscripts) {
    const written = writtenLetter(subscript);
    if (written === null) {
      const holes = { expected: "an index letter", found: "something else" };
      const helps = [{ text: "write a letter, or a letter with its bound: `i < n`" }];
      ctx.report(diagnostic("DLM0107", subscript.span, holes, { helps }));
      return null;
    }
    const outer = frame.letters.get(written.name);
    const bound = boundOf(subscript);
    if (outer !== undefined && bound === null) enclosing.push(outer);
    else binders.push({ name: { text: written.name, span: written.span }, bound });
  }
  const bound = bindLetters(ctx, frame, binders, body);
  if (bound === null) return null;
  // In the order of the brackets.
  const letters = subscripts.flatMap((subscript) => {
    const letter = bound.frame.letters.get(writtenLetter(subscript)?.name ?? "");
    return letter === undefined ? [] : [letter];
  });
  return { frame: bound.frame, letters, enclosing };
};

type Called = { readonly expr: CallExpr; readonly callee: Item; readonly name: string };

/** Lays the arguments out, calls the function over the letters' axes, and gives the other axes their letters back. */
const callOver = (
  ctx: Context,
  frame: Frame,
  called: Called,
  args: readonly CallArg[],
  brackets: Brackets,
): Item => {
  const { expr, callee } = called;
  const own = brackets.letters.map(({ key }) => key);
  const extents = layoutOf(args, brackets, callee.kind === "intrinsic");
  const laid: CallArg[] = [];
  for (const [i, arg] of args.entries()) {
    const lettered = arg.item.kind === "indexed" || arg.item.kind === "affine";
    const dtype = dtypeOf(arg.item);
    if (dtype === null || !(lettered || i === 0)) {
      laid.push(arg);
      continue;
    }
    const text = expressionText(expr.args[i]!.value);
    const value = perLetterValue(ctx, arg.item, text, dtype, extents, arg.span);
    if (value === null) return unknown;
    laid.push({ ...arg, item: tensorItem(value) });
  }
  const keys = [...extents.keys()];
  const axes = own.map((key) => keys.indexOf(key));
  const over: Item = axes.length === 1 ? { kind: "size", dim: axes[0]! } : axisList(axes);
  const result = ctx.call(
    callee,
    [...laid, { name: "over", item: over, span: expr.span }],
    expr.span,
    frame,
  );
  return giveBack(ctx, called, result, keys, brackets);
};

/**
 * Axes of the laid out arguments. A user function sees the letters as trailing axes; an intrinsic takes any positions,
 * so nothing is transposed.
 */
const layoutOf = (args: readonly CallArg[], { letters }: Brackets, anywhere: boolean): Extents => {
  const all = new Map<string, Dim>();
  for (const { item } of args) for (const [key, extent] of lettersOf(item)) all.set(key, extent);
  const own = letters.map(({ key, extent }) => [key, extent!] as const);
  if (anywhere) return new Map([...all, ...own]);
  const isOwn = (key: string): boolean => own.some(([each]) => each === key);
  return new Map([...[...all].filter(([key]) => !isOwn(key)), ...own]);
};

/** A result without the letters' axes is a reducer's, one with them a normaliser's. */
const giveBack = (
  ctx: Context,
  called: Called,
  result: Item,
  keys: readonly string[],
  brackets: Brackets,
): Item => {
  if (result.kind === "tuple") {
    const items = result.items.map((item) => giveBack(ctx, called, item, keys, brackets));
    return items.some((item) => item.kind === "unknown") ? unknown : { ...result, items };
  }
  if (result.kind === "unknown") return unknown;
  const { expr, name } = called;
  const own = brackets.letters.map(({ key }) => key);
  const value = result.kind === "tensor" ? result.value : null;
  const rank = value === null ? 0 : value.type.shape.length;
  if (value === null && dtypeOf(result) !== null && keys.length === own.length) return result;
  const keeps =
    value !== null &&
    rank === keys.length &&
    brackets.letters.every(({ key, extent }) =>
      equalDims(value.type.shape[keys.indexOf(key)]!, extent!),
    );
  if (keeps) {
    const inner = brackets.letters.find((letter) => !brackets.enclosing.includes(letter));
    if (inner === undefined) return { kind: "indexed", value, letters: keys };
    const letter = letterName(inner);
    const helps = [{ text: `bind \`${letter}\` outside, as in \`let y[${letter}] = …\`` }];
    const detail = { label: `\`${name}\` keeps its letters`, helps };
    ctx.report(diagnostic("DLM0209", inner.span, { name: letter }, detail));
    return unknown;
  }
  if (value !== null && rank === keys.length - own.length) {
    const [outer] = brackets.enclosing;
    if (outer !== undefined) return reportReuse(ctx, called, outer);
    return settle(
      value,
      keys.filter((key) => !own.includes(key)),
    );
  }
  const holes = { expected: "one value per letter, or none", actual: describeItem(result) };
  ctx.report(diagnostic("DLM0304", expr.span, holes));
  return unknown;
};

const letterName = ({ key }: Letter): string => key.slice(0, key.indexOf("@"));

const settle = (value: Value, letters: readonly string[]): Item =>
  letters.length === 0 ? tensorItem(value) : { kind: "indexed", value, letters };

/** DLM0207: a reducer over a letter that is bound outside it. */
const reportReuse = (ctx: Context, { expr, name }: Called, outer: Letter): Item => {
  const letter = letterName(outer);
  const subscripts = expr.callee.kind === "index" ? expr.callee.subscripts : [];
  const written = subscripts.map(writtenLetter).find((each) => each?.name === letter);
  const detail = {
    label: `\`${name}\` would use up \`${letter}\``,
    labels: [{ span: outer.span, text: `\`${letter}\` already ranges over an axis here` }],
    helps: [{ text: "use another letter inside the reducer" }],
  };
  ctx.report(diagnostic("DLM0207", written?.span ?? expr.span, { name: letter }, detail));
  return unknown;
};
