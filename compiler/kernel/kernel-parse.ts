// Text to kernels: reads what `text.ts` prints.

import { parseNumber } from "../ir/attr-text.ts";
import { readDim } from "../ir/dim-text.ts";
import { symbol } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { createTextReader } from "../ir/text-reader.ts";
import type { TextReader } from "../ir/text-reader.ts";
import type { DType } from "../ir/type.ts";
import { axis, call, int, load, local, loops, num, over, reduce, size } from "./build.ts";
import type { AxisRange, Expr, ReduceAxis, ReduceOp, ScalarFn } from "./expr.ts";
import type { AxisRole, BufferDecl, Kernel, Stmt } from "./kernel.ts";
import { signatures } from "./signature.ts";

/** Names of kernels, buffers, axes, lets and sizes. */
export const kernelName = /[A-Za-z_]\w*(?:\.\w+)*/;
const dtypes = /(?:f32|i32|bool)\b/;
const roles = /(?:spatial|unroll|reduce|sequential)\b/;
const number = /-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf|nan)(?![\w.])/;

/** One kernel, not yet verified. Throws SyntaxError. */
export function parseKernel(text: string): Kernel {
  const r = createTextReader(text);
  const kernel = readKernel(r);
  return r.atEnd() ? kernel : r.fail("expected the end after the kernel");
}

/** Kernels one after the other. */
export function parseKernels(text: string): readonly Kernel[] {
  const r = createTextReader(text);
  const kernels: Kernel[] = [];
  while (!r.atEnd()) kernels.push(readKernel(r));
  return kernels;
}

/** What a name stands for. Lets, carries and rows end with their block, axes with their loop. */
type Scope = {
  readonly buffers: ReadonlyMap<string, BufferDecl>;
  readonly names: ReadonlyMap<string, Expr>;
};

function readKernel(r: TextReader): Kernel {
  r.expect("kernel");
  r.expect("@");
  const name = r.need(kernelName, "the name of the kernel");
  r.expect("(");
  const params = r.list(")", () => readBuffer(r));
  r.expect("->");
  const results: BufferDecl[] = [];
  do results.push(readBuffer(r));
  while (r.accept(","));
  const sizes = r.accept("sizes") ? readSizes(r) : [];
  const buffers = new Map([...params, ...results].map((b) => [b.name, b]));
  const names = new Map(sizes.map((s) => [s, size(symbol(s))]));
  r.expect("{");
  return { name, params, results, sizes, body: readBlock(r, { buffers, names }), span: null };
}

function readBuffer(r: TextReader): BufferDecl {
  const name = r.need(kernelName, "the name of a buffer");
  r.expect(":");
  const dtype = r.need(dtypes, "f32, i32 or bool") as DType;
  r.expect("[");
  return { name, dtype, shape: r.list("]", () => readDim(r)) };
}

function readSizes(r: TextReader): readonly string[] {
  r.expect("(");
  return r.list(")", () => r.need(kernelName, "a size name"));
}

/** Statements up to the brace that closes them. */
function readBlock(r: TextReader, outer: Scope): readonly Stmt[] {
  const body: Stmt[] = [];
  let scope = outer;
  while (!r.accept("}")) {
    const stmt = readStmt(r, scope);
    body.push(stmt);
    if (stmt.kind === "row") {
      const buffers = new Map([...scope.buffers, [stmt.decl.name, stmt.decl]]);
      scope = { ...scope, buffers };
    }
    if (stmt.kind === "let") scope = withLocals(scope, [stmt]);
    if (stmt.kind === "for") {
      const left = stmt.carries.map(({ name, init }) => ({ name, value: init }));
      scope = withLocals(scope, left);
    }
  }
  return body;
}

/** A word in front of a name. Buffers may be called so too: theirs go on with a bracket. */
const beforeName = (word: string): RegExp => new RegExp(`${word}(?=\\s+[A-Za-z_])`);

type Named = { readonly name: string; readonly value: Expr };

/** `m = -inf, l = 0.0` */
function readNamed(r: TextReader, scope: Scope): readonly Named[] {
  const named: Named[] = [];
  do {
    const name = r.need(kernelName, "a name");
    r.expect("=");
    named.push({ name, value: readExpr(r, scope) });
  } while (r.accept(","));
  return named;
}

function withLocals(scope: Scope, named: readonly Named[]): Scope {
  return withNames(
    scope,
    named.map(({ name, value }) => [name, local(name, value.dtype)]),
  );
}

function readBody(r: TextReader, scope: Scope): readonly Stmt[] {
  return r.accept("{") ? readBlock(r, scope) : [readStmt(r, scope)];
}

function readStmt(r: TextReader, scope: Scope): Stmt {
  if (r.accept("let")) {
    const name = r.need(kernelName, "a name");
    r.expect("=");
    return { kind: "let", name, value: readExpr(r, scope) };
  }
  if (r.take(beforeName("row")) !== null) return { kind: "row", decl: readBuffer(r) };
  if (r.take(beforeName("next")) !== null) return { kind: "next", values: readNamed(r, scope) };
  if (r.accept("if")) {
    return { kind: "if", condition: readExpr(r, scope), body: readBody(r, scope) };
  }
  if (r.accept("for")) {
    const { axes, inner } = readAxes(r, scope);
    const role = r.need(roles, "spatial, unroll, reduce or sequential");
    const carries = r.take(beforeName("carry")) === null ? [] : readNamed(r, scope);
    const body = readBody(r, withLocals(inner, carries));
    const [nest] = loops(axes, body, role as AxisRole);
    if (nest?.kind !== "for") return r.fail("expected an axis");
    if (carries.length > 0 && axes.length > 1) return r.fail("a loop that carries has one axis");
    return { ...nest, carries: carries.map(({ name, value }) => ({ name, init: value })) };
  }
  const name = r.need(kernelName, "a statement");
  const { name: buffer } = bufferOf(r, scope, name);
  r.expect("[");
  const index = r.list("]", () => readExpr(r, scope));
  const found = r.take(/(?:add|mul|max|min)(?==)/);
  const accumulate = found as Exclude<ReduceOp, "argmax"> | null;
  r.expect("=");
  return { kind: "store", buffer, index, value: readExpr(r, scope), accumulate };
}

/** `i in 0..B, j in 0..(2*T+1), k in i..add(j, 1) of T`. A range may mention the axes before it; `inner` has them all. */
function readAxes(
  r: TextReader,
  scope: Scope,
): { readonly axes: readonly ReduceAxis[]; readonly inner: Scope } {
  const axes: ReduceAxis[] = [];
  let inner = scope;
  do {
    const name = r.need(kernelName, "the name of an axis");
    r.expect("in");
    const range = readRange(r, inner);
    axes.push(over(name, range === null ? readExtent(r) : readOf(r), range));
    inner = withNames(inner, [[name, axis(name)]]);
  } while (r.accept(","));
  return { axes, inner };
}

/** Both ends of a range; null for `0..` in front of an extent, which may be a name or a number as an end may be. */
function readRange(r: TextReader, scope: Scope): AxisRange | null {
  if (r.take(wholeAxis) !== null) return null;
  const from = readEnd(r, scope);
  r.expect("..");
  return { from, to: readEnd(r, scope) };
}

const wholeAxis = /0\.\.(?=\(|\w+(?![\w.]|[([]|\s+of\b))/;

function readOf(r: TextReader): Dim {
  r.expect("of");
  return readExtent(r);
}

function readEnd(r: TextReader, scope: Scope): Expr {
  const digits = r.take(/-?\d+(?![\w]|\.\d)/);
  return digits === null ? readExpr(r, scope) : int(Number(digits));
}

/** A name is not read as a size expression, whose next parenthesis would be a call. */
function readExtent(r: TextReader): Dim {
  if (r.accept("(")) {
    const extent = readDim(r);
    r.expect(")");
    return extent;
  }
  const digits = r.take(/\d+/);
  return digits === null ? symbol(r.need(kernelName, "an extent")) : Number(digits);
}

function readExpr(r: TextReader, scope: Scope): Expr {
  const literal = r.take(number);
  if (literal !== null) return readNumber(literal);
  if (r.accept("reduce")) return readReduce(r, scope);
  const name = r.need(kernelName, "an expression");
  if (r.accept("[")) {
    const index = r.list("]", () => readExpr(r, scope));
    return load(bufferOf(r, scope, name), index);
  }
  // What follows a name after a space is no list of arguments, as in `where ok (…)`.
  if (r.take(/(?<=\w)\(/) !== null) return readCall(r, scope, name);
  if (name === "true" || name === "false") return num(name === "true" ? 1 : 0, "bool");
  return scope.names.get(name) ?? r.fail(`${name} is not an axis, let or size`);
}

function readNumber(text: string): Expr {
  return num(parseNumber(text) ?? NaN, /^-?\d+$/.test(text) ? "i32" : "f32");
}

/** `reduce add r in 0..3 (body)`, `reduce max r in 0..3 where lt(r, n) (body)` */
function readReduce(r: TextReader, scope: Scope): Expr {
  const op = r.need(/(?:add|mul|max|min|argmax)\b/, "add, mul, max, min or argmax") as ReduceOp;
  const { axes, inner } = readAxes(r, scope);
  const where = r.accept("where") ? readExpr(r, inner) : null;
  r.expect("(");
  const body = readExpr(r, inner);
  r.expect(")");
  return reduce(op, axes, body, where);
}

/** The parenthesis is read. `f32(x)` is a cast, `size(2*B)` a size. */
function readCall(r: TextReader, scope: Scope, name: string): Expr {
  if (name === "size") {
    const dim = readDim(r);
    r.expect(")");
    return size(dim);
  }
  const args = r.list(")", () => readExpr(r, scope));
  if (/^(f32|i32|bool)$/.test(name)) {
    return { kind: "call", dtype: name as DType, fn: "cast", args };
  }
  if (!Object.hasOwn(signatures, name) || name === "cast") {
    return r.fail(`${name} is not a function`);
  }
  return call(name as Exclude<ScalarFn, "cast">, ...args);
}

function bufferOf(r: TextReader, scope: Scope, name: string): BufferDecl {
  return scope.buffers.get(name) ?? r.fail(`${name} is not a buffer`);
}

function withNames(scope: Scope, names: readonly (readonly [string, Expr])[]): Scope {
  return { ...scope, names: new Map([...scope.names, ...names]) };
}
