// Operators: exact on what is known when compiling, on the host for `step`, else ops of the graph.

import type { BinaryExpr, UnaryExpr } from "../../grammar/ast.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { DimOverflow, neg } from "../ir/dim.ts";
import type { HostFn } from "../ir/module.ts";
import type { OpName } from "../ops/index.ts";
import type { Context, Frame } from "./context.ts";
import {
  boolItem,
  dtypeOf,
  floatItem,
  isStaticNumber,
  knownNumber,
  promote,
  sizeItem,
} from "./convert.ts";
import type { StaticNumber } from "./convert.ts";
import { describeItem } from "./describe.ts";
import { equalItems } from "./equal-items.ts";
import { expressionText } from "./expression-text.ts";
import { hostCall, hostExpr } from "./host-scalar.ts";
import { affineArithmetic, negateAffine } from "./letters.ts";
import { matmul } from "./matmul.ts";
import { align, arithmeticTyping, boolTyping, commonTyping, floatTyping } from "./pointwise.ts";
import type { Operand, Typing } from "./pointwise.ts";
import { power } from "./power.ts";
import {
  ZeroDivisor,
  isArithmetic,
  isComparison,
  staticArithmetic,
  staticComparison,
} from "./static-number.ts";
import type { ArithmeticOp, CompareOp } from "./static-number.ts";
import { unknown } from "./value.ts";
import type { HostItem, Item } from "./value.ts";

/** What a left operand of `and` or `or` decides alone, so that the right one need not be evaluated; else null. */
export const shortCircuit = (op: BinaryExpr["op"], left: Item): Item | null => {
  if (left.kind !== "bool") return null;
  if (op === "and" && !left.value) return left;
  return op === "or" && left.value ? left : null;
};

export const binary = (
  ctx: Context,
  _frame: Frame,
  expr: BinaryExpr,
  left: Item,
  right: Item,
): Item => {
  if (left.kind === "unknown" || right.kind === "unknown") return unknown;
  const { op } = expr;
  ctx.builder.at(expr.span);
  if (op === "and" || op === "or") return logic(ctx, op, expr, left, right);
  if (op === "@") return matmul(ctx, expr, left, right);
  if (isComparison(op)) return comparison(ctx, op, expr, left, right);
  if (isArithmetic(op)) return labelled(arithmetic(ctx, op, expr, left, right), expr, left, right);
  return unknown;
};

export const unary = (ctx: Context, _frame: Frame, expr: UnaryExpr, operand: Item): Item => {
  if (operand.kind === "unknown") return unknown;
  ctx.builder.at(expr.span);
  const text = expressionText(expr.operand);
  if (expr.op === "not") {
    if (operand.kind === "bool") return boolItem(!operand.value);
    if (operand.kind === "host" && operand.dtype === "bool")
      return hostCall("not", "bool", [operand.expr]);
    return apply(ctx, "not", "not", [{ item: operand, text }], boolTyping, expr.span);
  }
  switch (operand.kind) {
    case "size":
      return sizeItem(neg(operand.dim));
    case "ratio":
      return { ...operand, num: neg(operand.num), label: null };
    case "float":
      return floatItem(-operand.value);
    case "bool":
      return sizeItem(operand.value ? -1 : 0);
    case "host":
      return hostCall("neg", promote(operand.dtype, "i32"), [operand.expr]);
    case "affine":
      return negateAffine(operand);
    default:
      return apply(ctx, "-", "neg", [{ item: operand, text }], arithmeticTyping, expr.span);
  }
};

/** One elementwise op on operands of any kind. */
const apply = (
  ctx: Context,
  op: string,
  name: OpName,
  operands: readonly Operand[],
  typing: Typing,
  span: Span,
): Item => {
  const aligned = align(ctx, op, operands, typing, span);
  return aligned === null ? unknown : aligned.wrap(ctx.builder.op(name, aligned.values));
};

const operandsOf = (expr: BinaryExpr, left: Item, right: Item): readonly [Operand, Operand] => [
  { item: left, text: expressionText(expr.left) },
  { item: right, text: expressionText(expr.right) },
];

/** Labels of sizes go through arithmetic as text: `E / heads` names the axis that has this size. */
const labelled = (result: Item, expr: BinaryExpr, left: Item, right: Item): Item => {
  if (result.kind !== "size" && result.kind !== "ratio") return result;
  const side = (item: Item, operand: BinaryExpr["left"]): string | null => {
    if ((item.kind === "size" || item.kind === "ratio") && item.label != null) return item.label;
    return operand.kind === "number" ? operand.text : null;
  };
  const [a, b] = [side(left, expr.left), side(right, expr.right)];
  const sized = [left, right].some((item) => item.kind === "size" && item.label != null);
  if (!sized) return result;
  const known = (item: Item): string | null =>
    item.kind === "size" && typeof item.dim === "number" ? String(item.dim) : null;
  const parts = [a ?? known(left), b ?? known(right)];
  const label = parts.map((part) => wrapPart(part ?? "")).join(` ${expr.op} `);
  if (parts.includes(null) || label.length > longestLabel) return result;
  const shaped = [left, right].some((item) => item.kind === "size" && item.fromShape === true);
  return { ...result, label, ...(shaped && result.kind === "size" ? { fromShape: true } : {}) };
};

/** A longer text would name nothing a reader recognises. */
const longestLabel = 80;

const wrapPart = (part: string): string => (/^[\w.]+$|^\w+\(.*\)$/.test(part) ? part : `(${part})`);

const hostFns: Readonly<Record<ArithmeticOp, HostFn>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "mod",
  "^": "pow",
};

const arithmetic = (
  ctx: Context,
  op: ArithmeticOp,
  expr: BinaryExpr,
  left: Item,
  right: Item,
): Item => {
  if (isStaticNumber(left) && isStaticNumber(right)) {
    const result = exact(ctx, op, expr, left, right);
    if (result !== null) return result;
  }
  const affine = affineArithmetic(op, left, right);
  if (affine !== null) return affine;
  const host = hostArithmetic(op, left, right);
  if (host !== null) return host;
  const operands = operandsOf(expr, left, right);
  switch (op) {
    case "+":
      return apply(ctx, op, "add", operands, arithmeticTyping, expr.span);
    case "-":
      return apply(ctx, op, "sub", operands, arithmeticTyping, expr.span);
    case "*":
      return apply(ctx, op, "mul", operands, arithmeticTyping, expr.span);
    case "/":
      return apply(ctx, op, "div", operands, floatTyping, expr.span);
    case "%":
      return apply(ctx, op, "mod", operands, arithmeticTyping, expr.span);
    case "^":
      return power(ctx, operands, expr.span);
    default:
      return op satisfies never;
  }
};

/** Static arithmetic with its errors reported; null where the host has to compute it. */
const exact = (
  ctx: Context,
  op: ArithmeticOp,
  expr: BinaryExpr,
  left: StaticNumber,
  right: StaticNumber,
): Item | null => {
  try {
    return staticArithmetic(op, left, right);
  } catch (error) {
    if (error instanceof ZeroDivisor) ctx.report(diagnostic("DLM0313", expr.span, {}));
    else if (!(error instanceof DimOverflow)) throw error;
    else {
      const [a, b] = [knownNumber(left), knownNumber(right)];
      const fractional = left.kind === "ratio" || right.kind === "ratio";
      if (fractional && a !== null && b !== null)
        return staticArithmetic(op, floatItem(a), floatItem(b));
      ctx.report(diagnostic("DLM0114", expr.span, { number: expressionText(expr) }));
    }
    return unknown;
  }
};

const hostArithmetic = (op: ArithmeticOp, left: Item, right: Item): HostItem | null => {
  const [a, b] = [hostExpr(left), hostExpr(right)];
  const [s, t] = [dtypeOf(left), dtypeOf(right)];
  if (a === null || b === null || s === null || t === null) return null;
  const natural = promote(promote(s, t), "i32");
  const negative = right.kind === "size" && typeof right.dim === "number" && right.dim < 0;
  const dtype = op === "/" || (op === "^" && negative) ? "f32" : natural;
  return hostCall(hostFns[op], dtype, [a, b]);
};

const comparison = (
  ctx: Context,
  op: CompareOp,
  expr: BinaryExpr,
  left: Item,
  right: Item,
): Item => {
  const equality = op === "==" || op === "!=";
  const numbers = dtypeOf(left) !== null && dtypeOf(right) !== null;
  if (!numbers && equality) {
    const equal = equalItems(left, right);
    if (equal !== null) return boolItem(equal === (op === "=="));
  }
  if (isStaticNumber(left) && isStaticNumber(right)) {
    const mixed = (left.kind === "bool") !== (right.kind === "bool");
    if (mixed && equality) return boolItem(op === "!=");
    if (!mixed && (left.kind !== "bool" || equality)) {
      const decided = staticComparison(op, left, right, ctx.bounds);
      if (decided !== null) return boolItem(decided);
    }
  }
  const ordered = op === "<" || op === "<=" || op === ">" || op === ">=";
  const truth = [left, right].find((item) => dtypeOf(item) === "bool");
  if (ordered && truth !== undefined) {
    ctx.report(diagnostic("DLM0305", expr.span, { op, actual: describeItem(truth) }));
    return unknown;
  }
  const host = hostComparison(op, left, right);
  if (host !== null) return host;
  const operands = operandsOf(expr, left, right);
  const aligned = align(ctx, op, operands, commonTyping, expr.span);
  if (aligned === null) return unknown;
  const [a, b] = aligned.values;
  const compare = (name: "eq" | "lt" | "le", ...sides: readonly (typeof a)[]) =>
    ctx.builder.op(
      name,
      sides.map((side) => side!),
    );
  switch (op) {
    case "==":
      return aligned.wrap(compare("eq", a, b));
    case "!=":
      return aligned.wrap(ctx.builder.op("not", [compare("eq", a, b)]));
    case "<":
      return aligned.wrap(compare("lt", a, b));
    case "<=":
      return aligned.wrap(compare("le", a, b));
    case ">":
      return aligned.wrap(compare("lt", b, a));
    case ">=":
      return aligned.wrap(compare("le", b, a));
    default:
      return op satisfies never;
  }
};

const hostComparison = (op: CompareOp, left: Item, right: Item): HostItem | null => {
  const [a, b] = [hostExpr(left), hostExpr(right)];
  if (a === null || b === null) return null;
  switch (op) {
    case "==":
      return hostCall("eq", "bool", [a, b]);
    case "!=":
      return hostCall("not", "bool", [hostCall("eq", "bool", [a, b]).expr]);
    case "<":
      return hostCall("lt", "bool", [a, b]);
    case "<=":
      return hostCall("le", "bool", [a, b]);
    case ">":
      return hostCall("lt", "bool", [b, a]);
    case ">=":
      return hostCall("le", "bool", [b, a]);
    default:
      return op satisfies never;
  }
};

const logic = (ctx: Context, op: "and" | "or", expr: BinaryExpr, left: Item, right: Item): Item => {
  const decided = shortCircuit(op, left);
  if (decided !== null) return decided;
  const operands = operandsOf(expr, left, right);
  const wrong = [left, right].find((item) => dtypeOf(item) !== "bool");
  if (wrong !== undefined) {
    ctx.report(diagnostic("DLM0305", expr.span, { op, actual: describeItem(wrong) }));
    return unknown;
  }
  // `true and x` and `false or x` are x.
  if (left.kind === "bool") return right;
  if (right.kind === "bool") {
    const neutral = right.value === (op === "and");
    if (neutral) return left;
    if (left.kind === "host") return right;
  }
  const [a, b] = [hostExpr(left), hostExpr(right)];
  if (a !== null && b !== null) return hostCall(op, "bool", [a, b]);
  return apply(ctx, op, op === "and" ? "min" : "max", operands, boolTyping, expr.span);
};
