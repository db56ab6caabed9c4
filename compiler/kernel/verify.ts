// Checks what must hold of every kernel: names in scope, ranks and dtypes right.

import { CompilerBug } from "../../grammar/bug.ts";
import { symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { DType } from "../ir/type.ts";
import { buffersOf } from "./buffers.ts";
import type { AxisRange, Expr, ReduceAxis } from "./expr.ts";
import type { BufferDecl, Carry, Kernel, Stmt } from "./kernel.ts";
import { kernelName } from "./kernel-parse.ts";
import { roundsOf } from "./rounds.ts";
import { resultOf, signatures } from "./signature.ts";
import { printExpr } from "./text.ts";

/** Throws `CompilerBug` that names what broke. `after`: what made the kernel, for the message. */
export function verifyKernel(kernel: Kernel, after: string | null = null): void {
  const place = `kernel @${kernel.name}${after === null ? "" : ` after ${after}`}`;
  const fail = (message: string): never => {
    throw new CompilerBug(`${place}: ${message}`, kernel.span);
  };
  const names = buffersOf(kernel)
    .map((b) => b.name)
    .concat(kernel.sizes);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) fail(`${name} is declared twice`);
    checkName(fail, name);
  }
  const context: Context = {
    fail,
    sizes: new Set(kernel.sizes),
    buffers: new Map([...kernel.params, ...kernel.results].map((b) => [b.name, b])),
    results: new Set(kernel.results.map((b) => b.name)),
    checked: new Map(),
  };
  if (kernel.results.length === 0) fail("it has no result");
  for (const { shape } of context.buffers.values()) shape.forEach((dim) => checkDim(context, dim));
  checkBlock(context, kernel.body, new Map());
}

type Context = {
  readonly fail: (message: string) => never;
  readonly sizes: ReadonlySet<string>;
  readonly buffers: ReadonlyMap<string, BufferDecl>;
  readonly results: ReadonlySet<string>;
  /** The scope in which an expression was looked at last. */
  readonly checked: Map<Expr, Scope>;
};
/** Axes, lets and rows in scope; an axis has dtype null. */
type Scope = ReadonlyMap<string, DType | BufferDecl | null>;

function checkName(fail: Context["fail"], name: string): void {
  if (reserved.has(name) || !new RegExp(`^${kernelName.source}$`).test(name)) {
    fail(`${name} cannot be a name`);
  }
}

/** Words that the text form reads as something else. */
const reserved: ReadonlySet<string> = new Set("let if for reduce true false inf nan".split(" "));

function checkDim({ fail, sizes }: Context, dim: Dim): void {
  const unknown = symbolsOf(dim).find((name) => !sizes.has(name));
  if (unknown !== undefined) fail(`size ${unknown} is not declared`);
}

/** A name may come back in a sibling, never inside its own scope. */
function declare(
  context: Context,
  scope: Scope,
  name: string,
  as: DType | BufferDecl | null,
): Scope {
  checkName(context.fail, name);
  if (scope.has(name) || context.sizes.has(name) || context.buffers.has(name)) {
    context.fail(`${name} is declared inside the scope of another ${name}`);
  }
  return new Map([...scope, [name, as]]);
}

function declareCarries(context: Context, scope: Scope, carries: readonly Carry[]): Scope {
  return carries.reduce((all, c) => declare(context, all, c.name, c.init.dtype), scope);
}

function checkCarries(
  context: Context,
  { axis, role, carries }: Extract<Stmt, { kind: "for" }>,
  scope: Scope,
): void {
  if (carries.length > 0 && (role === "spatial" || role === "unroll"))
    context.fail(`the loop over ${axis} carries ${carries[0]!.name}, but is ${role}`);
  for (const { init } of carries) checkExpr(context, init, scope);
}

/** A loop that carries ends with what it carries on; nothing else does. */
function checkNext(context: Context, body: readonly Stmt[], carries: readonly Carry[]): void {
  const list = (named: readonly { readonly name: string }[]): string =>
    named.map(({ name }) => name).join(", ");
  const last = body.at(-1);
  const stray = body.some(
    (s, k) => s.kind === "next" && (carries.length === 0 || k < body.length - 1),
  );
  if (stray) context.fail("next does not stand at the end of a loop that carries");
  if (carries.length === 0) return;
  if (last?.kind !== "next")
    return context.fail(`a loop that carries ${list(carries)} has no next`);
  if (list(last.values) !== list(carries))
    context.fail(`next has ${list(last.values)} for ${list(carries)}`);
  last.values.forEach(({ value }, k) => checkDType(context, value, carries[k]!.init.dtype));
}

function checkBlock(
  context: Context,
  body: readonly Stmt[],
  outer: Scope,
  carries: readonly Carry[] = [],
): void {
  checkNext(context, body, carries);
  let scope = outer;
  for (const stmt of body) {
    checkStmt(context, stmt, scope);
    if (stmt.kind === "let") scope = declare(context, scope, stmt.name, stmt.value.dtype);
    if (stmt.kind === "for") scope = declareCarries(context, scope, stmt.carries);
    if (stmt.kind === "row") scope = declare(context, scope, stmt.decl.name, stmt.decl);
  }
}

function checkStmt(context: Context, stmt: Stmt, scope: Scope): void {
  switch (stmt.kind) {
    case "for":
      checkDim(context, stmt.extent);
      checkRange(context, stmt.range, scope);
      if (stmt.role === "unroll" && roundsOf(stmt) === null) {
        context.fail(`${stmt.axis} is unrolled, but where it begins and ends are not numbers`);
      }
      checkCarries(context, stmt, scope);
      checkBlock(
        context,
        stmt.body,
        declareCarries(context, declare(context, scope, stmt.axis, null), stmt.carries),
        stmt.carries,
      );
      return;
    case "next":
      for (const { value } of stmt.values) checkExpr(context, value, scope);
      return;
    case "let":
      checkExpr(context, stmt.value, scope);
      return;
    case "row":
      stmt.decl.shape.forEach((dim) => checkDim(context, dim));
      return;
    case "if":
      checkExpr(context, stmt.condition, scope);
      checkDType(context, stmt.condition, "bool");
      checkBlock(context, stmt.body, scope);
      return;
    case "store":
      if (!context.results.has(stmt.buffer) && rowIn(scope, stmt.buffer) === null)
        context.fail(`${stmt.buffer} is not a result`);
      checkExpr(context, stmt.value, scope);
      checkDType(context, stmt.value, checkIndex(context, stmt.buffer, stmt.index, scope).dtype);
  }
}

/** The ends of a range stand outside its axis. */
function checkRange(context: Context, range: AxisRange | null, scope: Scope): void {
  for (const end of range === null ? [] : [range.from, range.to]) {
    checkExpr(context, end, scope);
    checkDType(context, end, "i32");
  }
}

function checkIndex(
  context: Context,
  name: string,
  index: readonly Expr[],
  scope: Scope,
): BufferDecl {
  const buffer =
    context.buffers.get(name) ?? rowIn(scope, name) ?? context.fail(`${name} is not a buffer`);
  if (index.length !== buffer.shape.length) {
    context.fail(`${name} has rank ${buffer.shape.length}, indexed with ${index.length}`);
  }
  for (const i of index) {
    checkExpr(context, i, scope);
    checkDType(context, i, "i32");
  }
  return buffer;
}

function rowIn(scope: Scope, name: string): BufferDecl | null {
  const found = scope.get(name) ?? null;
  return typeof found === "string" ? null : found;
}

function checkDType({ fail }: Context, e: Expr, dtype: DType): void {
  if (e.dtype !== dtype) fail(`${printExpr(e)} is ${e.dtype}, expected ${dtype}`);
}

/** An expression with shared parts is a small graph, but may be a very large tree. */
function checkExpr(context: Context, e: Expr, scope: Scope): void {
  if (context.checked.get(e) === scope) return;
  context.checked.set(e, scope);
  switch (e.kind) {
    case "number":
      if (e.dtype !== "f32" && !Number.isInteger(e.value)) {
        context.fail(`${e.value} is not of ${e.dtype}`);
      }
      return;
    case "size":
      checkDim(context, e.dim);
      return;
    case "axis":
      if (scope.get(e.name) !== null) context.fail(`axis ${e.name} is not in scope`);
      return;
    case "local": {
      const dtype = scope.get(e.name) ?? null;
      if (typeof dtype === "string") checkDType(context, e, dtype);
      else context.fail(`let ${e.name} is not in scope`);
      return;
    }
    case "load":
      checkDType(context, e, checkIndex(context, e.buffer, e.index, scope).dtype);
      return;
    case "call":
      checkCall(context, e, scope);
      return;
    case "reduce":
      checkReduce(context, e, e.axes, scope);
  }
}

function checkCall(context: Context, e: Extract<Expr, { kind: "call" }>, scope: Scope): void {
  for (const arg of e.args) checkExpr(context, arg, scope);
  const { params } = signatures[e.fn];
  if (e.args.length !== params.length) {
    context.fail(`${e.fn} takes ${params.length} arguments, got ${e.args.length}`);
  }
  if (e.fn === "cast") return;
  const same = resultOf(e.fn, e.args);
  const first = e.args[params.findIndex((p) => p === "any" || p === "number")];
  for (const [i, arg] of e.args.entries()) {
    const param = params[i] ?? "free";
    if (param === "number" && arg.dtype === "bool") {
      context.fail(`${printExpr(e)} computes with bools`);
    }
    if (param === "any" || param === "number") checkDType(context, arg, first?.dtype ?? "f32");
    else if (param !== "free") checkDType(context, arg, param);
  }
  checkDType(context, e, same);
}

function checkReduce(
  context: Context,
  e: Extract<Expr, { kind: "reduce" }>,
  axes: readonly ReduceAxis[],
  outer: Scope,
): void {
  if (axes.length === 0) context.fail("a reduce has no axis");
  let scope = outer;
  for (const { name, extent, range } of axes) {
    checkDim(context, extent);
    checkRange(context, range, scope);
    scope = declare(context, scope, name, null);
  }
  if (e.where !== null) {
    checkExpr(context, e.where, scope);
    checkDType(context, e.where, "bool");
  }
  checkExpr(context, e.body, scope);
  checkDType(context, e, e.op === "argmax" ? "i32" : e.body.dtype);
}
