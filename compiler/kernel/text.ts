// Kernels to text: the form that people read, goldens hold and `kernel-parse.ts` reads back.

import { printNumber } from "../ir/attr-text.ts";
import { dimKey } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { AxisRange, Expr, ReduceAxis } from "./expr.ts";
import type { BufferDecl, Carry, Kernel, Stmt } from "./kernel.ts";

/** One line per statement; loops nested in one another with one role share a line. */
export function printKernel(kernel: Kernel): string {
  const params = kernel.params.map(printBuffer).join(", ");
  const results = kernel.results.map(printBuffer).join(", ");
  const sizes = kernel.sizes.length === 0 ? "" : ` sizes(${kernel.sizes.join(", ")})`;
  const body = kernel.body.flatMap(printStmt).map((line) => `  ${line}\n`);
  return `kernel @${kernel.name}(${params}) -> ${results}${sizes} {\n${body.join("")}}\n`;
}

/** The lines of a statement. */
export function printStmt(stmt: Stmt): readonly string[] {
  switch (stmt.kind) {
    case "let":
      return [`let ${stmt.name} = ${printExpr(stmt.value)}`];
    case "next":
      return [
        `next ${stmt.values.map(({ name, value }) => `${name} = ${printExpr(value)}`).join(", ")}`,
      ];
    case "row":
      return [`row ${printBuffer(stmt.decl)}`];
    case "store": {
      const sign = stmt.accumulate === null ? "=" : `${stmt.accumulate}=`;
      return [`${stmt.buffer}[${printList(stmt.index)}] ${sign} ${printExpr(stmt.value)}`];
    }
    case "if":
      return block(`if ${printExpr(stmt.condition)}`, stmt.body);
    case "for": {
      const axes: ReduceAxis[] = [];
      let inner: Stmt | undefined = stmt;
      let body: readonly Stmt[] = [stmt];
      const joins = (s: Stmt | undefined): s is typeof stmt =>
        s?.kind === "for" && s.role === stmt.role && (s === stmt || s.carries.length === 0);
      while (joins(inner) && body.length === 1) {
        axes.push({ name: inner.axis, extent: inner.extent, range: inner.range });
        body = inner.body;
        inner = stmt.carries.length === 0 ? body[0] : undefined;
      }
      return block(`for ${printAxes(axes)} ${stmt.role}${printCarries(stmt.carries)}`, body);
    }
  }
}

/** i32 numbers are plain, f32 numbers have a point or an exponent, bools are words. */
export function printExpr(e: Expr): string {
  switch (e.kind) {
    case "number":
      if (e.dtype === "bool") return e.value !== 0 ? "true" : "false";
      return e.dtype === "f32" ? printReal(e.value) : printNumber(e.value);
    case "size":
      return /^[A-Za-z_]\w*$/.test(dimKey(e.dim)) ? dimKey(e.dim) : `size(${dimKey(e.dim)})`;
    case "axis":
    case "local":
      return e.name;
    case "load":
      return `${e.buffer}[${printList(e.index)}]`;
    case "call":
      return `${e.fn === "cast" ? e.dtype : e.fn}(${printList(e.args)})`;
    case "reduce":
      return `reduce ${e.op} ${printAxes(e.axes)}${printWhere(e.where)} (${printExpr(e.body)})`;
  }
}

function printList(list: readonly Expr[]): string {
  return list.map(printExpr).join(", ");
}

function printBuffer({ name, dtype, shape }: BufferDecl): string {
  return `${name}: ${dtype}[${shape.map(dimKey).join(", ")}]`;
}

function printAxes(axes: readonly ReduceAxis[]): string {
  return axes
    .map(({ name, extent, range }) => `${name} in ${printRange(extent, range)}`)
    .join(", ");
}

function printWhere(where: Expr | null): string {
  return where === null ? "" : ` where ${printExpr(where)}`;
}

function printCarries(carries: readonly Carry[]): string {
  const list = carries.map(({ name, init }) => `${name} = ${printExpr(init)}`);
  return list.length === 0 ? "" : ` carry ${list.join(", ")}`;
}

/** `0..B`, or `0..add(t, 1) of 256` */
function printRange(extent: Dim, range: AxisRange | null): string {
  const end = printExtent(extent);
  return range === null
    ? `0..${end}`
    : `${printExpr(range.from)}..${printExpr(range.to)} of ${end}`;
}

function printExtent(extent: Dim): string {
  return /^\w+$/.test(dimKey(extent)) ? dimKey(extent) : `(${dimKey(extent)})`;
}

function printReal(n: number): string {
  const text = printNumber(n);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A single statement goes without braces. */
function block(head: string, body: readonly Stmt[]): readonly string[] {
  const lines = body.flatMap(printStmt).map((line) => `  ${line}`);
  return body.length === 1 ? [head, ...lines] : [`${head} {`, ...lines, "}"];
}
