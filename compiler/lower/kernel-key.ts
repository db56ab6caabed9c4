// Gives kernels that differ only in names one key, so that each is emitted once, and is found again.

import { dimKey, substitute, symbol, symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { buffersOf } from "../kernel/buffers.ts";
import type { AxisRange, Expr } from "../kernel/expr.ts";
import type { Kernel, Stmt } from "../kernel/kernel.ts";
import { printExpr } from "../kernel/text.ts";
import { createInterner, endsOf } from "./intern.ts";
import { mapRange } from "./statements.ts";

/** A function of kernels: equal text for kernels of one structure. */
export const createKernelKey = (): ((kernel: Kernel) => string) => {
  const interner = createInterner();
  return (kernel) => keyWith(kernel, interner.id, (dim) => dim);
};

/** The same text whenever it is made, and whatever open sizes are called. */
export const lastingKey = (kernel: Kernel): string => {
  const shapes = buffersOf(kernel).flatMap(({ shape }) => shape.flatMap(symbolsOf));
  const names = [...new Set([...shapes, ...kernel.sizes])];
  const sizes = new Map(names.map((name, k) => [name, symbol(`size${k}`)]));
  return keyWith(kernel, printExpr, (dim) => substitute(dim, sizes));
};

/** `idOf`: of an expression with the names of the key. `dimOf`: a size in its names. */
const keyWith = (
  kernel: Kernel,
  idOf: (e: Expr) => number | string,
  dimOf: (dim: Dim) => Dim,
): string => {
  const rename = createRenaming(kernel, dimOf);
  const sizeKey = (dim: Dim): string => dimKey(dimOf(dim));
  const id = (e: Expr): number | string => idOf(rename.expr(e));
  const rangeKey = (range: AxisRange | null): string =>
    range === null ? "" : `:${endsOf(range).map(id).join(",")}`;
  const stmt = (s: Stmt): string => {
    switch (s.kind) {
      case "for": {
        const range = rangeKey(s.range);
        const inits = s.carries.map((c) => id(c.init));
        const carries = s.carries.map((c, k) => `,${rename.name(c.name)}=${inits[k]}`);
        const name = rename.name(s.axis);
        return `for ${name}<${sizeKey(s.extent)}${range} ${s.role}${carries.join("")}{${s.body.map(stmt).join(";")}}`;
      }
      case "if":
        return `if ${id(s.condition)}{${s.body.map(stmt).join(";")}}`;
      case "let":
        return `let ${rename.name(s.name)}=${id(s.value)}`;
      case "next":
        return `next ${s.values.map(({ name, value }) => `${rename.name(name)}=${id(value)}`).join(",")}`;
      case "row":
        return `row ${rename.name(s.decl.name)}`;
      case "store":
        return `${rename.name(s.buffer)}[${s.index.map(id).join(",")}]${s.accumulate ?? ""}=${id(s.value)}`;
    }
  };
  const decls = buffersOf(kernel).map(
    (d) => `${rename.name(d.name)}:${d.dtype}[${d.shape.map(sizeKey).join(",")}]`,
  );
  const split = `${kernel.params.length},${kernel.results.length}`;
  return [split, ...decls, ...kernel.body.map(stmt)].join("|");
};

/** Names in the order they first occur: buffers, then what the statements bring. */
const createRenaming = (
  kernel: Kernel,
  dimOf: (dim: Dim) => Dim,
): { readonly name: (old: string) => string; readonly expr: (e: Expr) => Expr } => {
  const names = new Map<string, string>();
  const name = (old: string): string => {
    const known = names.get(old);
    if (known !== undefined) return known;
    const made = `$${names.size}`;
    names.set(old, made);
    return made;
  };
  for (const decl of buffersOf(kernel)) name(decl.name);
  const done = new Map<Expr, Expr>();
  const expr = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const made = renamed(e);
    done.set(e, made);
    return made;
  };
  const renamed = (e: Expr): Expr => {
    switch (e.kind) {
      case "number":
        return e;
      case "size":
        return { ...e, dim: dimOf(e.dim) };
      case "axis":
      case "local":
        return { ...e, name: name(e.name) };
      case "load":
        return { ...e, buffer: name(e.buffer), index: e.index.map(expr) };
      case "call":
        return { ...e, args: e.args.map(expr) };
      case "reduce": {
        const axes = e.axes.map((a) => {
          const range = mapRange(a.range, expr);
          return { name: name(a.name), extent: dimOf(a.extent), range };
        });
        return { ...e, axes, where: e.where === null ? null : expr(e.where), body: expr(e.body) };
      }
    }
  };
  return { name, expr };
};
