// Small constructors for kernel expressions and statements; i32 index arithmetic is folded exactly.

import { add, exactDiv, floorDiv, mod, mul, sub } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { proveAtLeast } from "../ir/dim-proof.ts";
import type { DType } from "../ir/type.ts";
import type { AxisRange, Expr, ReduceAxis, ReduceOp, ScalarFn } from "./expr.ts";
import type { AxisRole, BufferDecl, Carry, Stmt } from "./kernel.ts";
import { neutralOf } from "./neutral.ts";
import { resultOf } from "./signature.ts";

export function num(value: number, dtype: DType = "f32"): Expr {
  return { kind: "number", dtype, value };
}

export function int(value: number): Expr {
  return num(value, "i32");
}

export function bool(value: boolean): Expr {
  return num(value ? 1 : 0, "bool");
}

/** A size as an i32: a literal where it is known. */
export function size(dim: Dim): Expr {
  return typeof dim === "number" ? int(dim) : { kind: "size", dtype: "i32", dim };
}

export function axis(name: string): Expr {
  return { kind: "axis", dtype: "i32", name };
}

export function local(name: string, dtype: DType): Extract<Expr, { kind: "local" }> {
  return { kind: "local", dtype, name };
}

export function load(buffer: Pick<BufferDecl, "name" | "dtype">, index: readonly Expr[]): Expr {
  return { kind: "load", dtype: buffer.dtype, buffer: buffer.name, index };
}

/** A scalar function, never folded. The dtype follows from the arguments; `cast` has its own constructor. */
export function call(fn: Exclude<ScalarFn, "cast">, ...args: readonly Expr[]): Expr {
  return { kind: "call", dtype: resultOf(fn, args), fn, args };
}

export function cast(dtype: DType, value: Expr): Expr {
  return value.dtype === dtype ? value : { kind: "call", dtype, fn: "cast", args: [value] };
}

/** A condition that is known picks its side. */
export function select(condition: Expr, then: Expr, otherwise: Expr): Expr {
  if (condition.kind === "number") return condition.value !== 0 ? then : otherwise;
  return call("select", condition, then, otherwise);
}

/** An axis of a loop or a reduction. */
export function over(name: string, extent: Dim, range: AxisRange | null = null): ReduceAxis {
  return { name, extent, range };
}

/** Folds `body` over axes. Without axes it is the body (position 0 for argmax). */
export function reduce(
  op: ReduceOp,
  axes: readonly ReduceAxis[],
  body: Expr,
  where: Expr | null = null,
): Expr {
  if (axes.length === 0) {
    if (op === "argmax") return int(0);
    return where === null ? body : select(where, body, num(neutralOf(op, body.dtype), body.dtype));
  }
  return { kind: "reduce", dtype: op === "argmax" ? "i32" : body.dtype, op, axes, where, body };
}

export function loop(
  axisName: string,
  extent: Dim,
  body: readonly Stmt[],
  role: AxisRole = "spatial",
  range: AxisRange | null = null,
): Stmt {
  return { kind: "for", axis: axisName, extent, range, role, carries: [], body };
}

/** A sequential loop that carries numbers from round to round; the body gets a `next` at its end. */
export function carryLoop(
  axis: ReduceAxis,
  carries: readonly (Carry & { readonly next: Expr })[],
  body: readonly Stmt[],
): Stmt {
  const values = carries.map(({ name, next }) => ({ name, value: next }));
  return {
    kind: "for",
    axis: axis.name,
    extent: axis.extent,
    range: axis.range,
    role: "sequential",
    carries: carries.map(({ name, init }) => ({ name, init })),
    body: [...body, { kind: "next", values }],
  };
}

/** Nested loops, the first axis outermost. */
export function loops(
  axes: readonly ReduceAxis[],
  body: readonly Stmt[],
  role: AxisRole = "spatial",
): readonly Stmt[] {
  return axes.reduceRight((inner, a) => [loop(a.name, a.extent, inner, role, a.range)], body);
}

export function store(
  buffer: string,
  index: readonly Expr[],
  value: Expr,
  accumulate: Exclude<ReduceOp, "argmax"> | null = null,
): Stmt {
  return { kind: "store", buffer, index, value, accumulate };
}

export function letStmt(name: string, value: Expr): Stmt {
  return { kind: "let", name, value };
}

export function row(decl: BufferDecl): Stmt {
  return { kind: "row", decl };
}

export function ifStmt(condition: Expr, body: readonly Stmt[]): Stmt {
  return { kind: "if", condition, body };
}

/** a + b, constants last and merged. */
export function addI(a: Expr, b: Expr): Expr {
  const x = dimOf(a);
  const y = dimOf(b);
  if (x !== null && y !== null) return size(add(x, y));
  if (x !== null) return addI(b, a);
  if (y === 0) return a;
  const inner = constantArg(a, "add");
  if (y !== null && inner !== null) return addI(inner.rest, size(add(inner.constant, y)));
  return call("add", a, b);
}

/** a - b, a constant b negated. */
export function subI(a: Expr, b: Expr): Expr {
  return dimOf(b) === null ? call("sub", a, b) : addI(a, mulI(b, int(-1)));
}

/** a * b, constants last and merged. */
export function mulI(a: Expr, b: Expr): Expr {
  const x = dimOf(a);
  const y = dimOf(b);
  if (x !== null && y !== null) return size(mul(x, y));
  if (x !== null) return mulI(b, a);
  if (y === 0) return int(0);
  if (y === 1) return a;
  const inner = constantArg(a, "mul");
  if (y !== null && inner !== null) return mulI(inner.rest, size(mul(inner.constant, y)));
  return call("mul", a, b);
}

/** floor(a / b): (x·b + y) / b is x + y / b. */
export function divI(a: Expr, b: Expr): Expr {
  const divisor = dimOf(b);
  if (divisor === null || !isPositive(divisor)) return call("div", a, b);
  if (divisor === 1) return a;
  const whole = dimOf(a);
  if (whole !== null) return size(floorDiv(whole, divisor));
  const { multiple, rest } = splitMultiples(a, divisor);
  if (multiple === null) return call("div", a, b);
  return rest === null ? multiple : addI(multiple, divI(rest, b));
}

/** a - b·floor(a / b): (x·b + y) mod b is y mod b. */
export function modI(a: Expr, b: Expr): Expr {
  const divisor = dimOf(b);
  if (divisor === null || !isPositive(divisor)) return call("mod", a, b);
  if (divisor === 1) return int(0);
  const whole = dimOf(a);
  if (whole !== null) return size(mod(whole, divisor));
  const { multiple, rest } = splitMultiples(a, divisor);
  if (multiple === null) return call("mod", a, b);
  return rest === null ? int(0) : modI(rest, b);
}

export function ltI(a: Expr, b: Expr): Expr {
  return compareI("lt", a, b);
}

export function leI(a: Expr, b: Expr): Expr {
  return compareI("le", a, b);
}

export function eqI(a: Expr, b: Expr): Expr {
  const x = dimOf(a);
  const y = dimOf(b);
  const difference = x === null || y === null ? null : sub(x, y);
  return typeof difference === "number" ? bool(difference === 0) : call("eq", a, b);
}

export function andB(a: Expr, b: Expr): Expr {
  if (a.kind === "number") return a.value !== 0 ? b : a;
  if (b.kind === "number") return b.value !== 0 ? a : b;
  return call("and", a, b);
}

export function orB(a: Expr, b: Expr): Expr {
  if (a.kind === "number") return a.value !== 0 ? a : b;
  if (b.kind === "number") return b.value !== 0 ? b : a;
  return call("or", a, b);
}

export function notB(a: Expr): Expr {
  return a.kind === "number" ? bool(a.value === 0) : call("not", a);
}

/** The size that an i32 expression is, or null. */
export function dimOf(e: Expr): Dim | null {
  if (e.kind === "size") return e.dim;
  return e.kind === "number" && e.dtype === "i32" ? e.value : null;
}

function compareI(fn: "lt" | "le", a: Expr, b: Expr): Expr {
  const x = dimOf(a);
  const y = dimOf(b);
  if (x === null || y === null) return call(fn, a, b);
  const proof = proveAtLeast(sub(y, x), fn === "lt" ? 1 : 0, new Map());
  return proof === "unknown" ? call(fn, a, b) : bool(proof === "yes");
}

/** `rest fn constant`, as `addI` and `mulI` leave it. */
function constantArg(e: Expr, fn: "add" | "mul"): { rest: Expr; constant: Dim } | null {
  if (e.kind !== "call" || e.fn !== fn) return null;
  const [rest, last] = e.args;
  const constant = last === undefined ? null : dimOf(last);
  return rest === undefined || constant === null ? null : { rest, constant };
}

/** `e = multiple·divisor + rest`, either part null for zero. Addends go to one side each. */
function splitMultiples(
  e: Expr,
  divisor: Dim,
): { readonly multiple: Expr | null; readonly rest: Expr | null } {
  if (e.kind === "call" && e.fn === "add") {
    const parts = e.args.map((arg) => splitMultiples(arg, divisor));
    const sum = (terms: readonly (Expr | null)[]): Expr | null =>
      terms.reduce((s, t) => (s === null ? t : t === null ? s : addI(s, t)), null);
    return { multiple: sum(parts.map((p) => p.multiple)), rest: sum(parts.map((p) => p.rest)) };
  }
  const whole = dimOf(e);
  if (whole !== null) {
    const quotient = exactDiv(whole, divisor);
    return quotient === null
      ? { multiple: null, rest: e }
      : { multiple: size(quotient), rest: null };
  }
  const scaled = constantArg(e, "mul");
  const quotient = scaled === null ? null : exactDiv(scaled.constant, divisor);
  if (scaled === null || quotient === null) return { multiple: null, rest: e };
  return { multiple: mulI(scaled.rest, size(quotient)), rest: null };
}

function isPositive(dim: Dim): boolean {
  return typeof dim === "number" ? dim > 0 : proveAtLeast(dim, 1, new Map()) === "yes";
}
