// Makes several rows at once: what is loaded of a column then serves all of them.

import { floorDiv, mod, mul } from "../../ir/dim.ts";
import { addI, axis, int, load, local, loop, mulI, row, size, store } from "../../kernel/build.ts";
import type { AxisRange, Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { BufferDecl, Stmt } from "../../kernel/kernel.ts";
import { createFreeAxes } from "../access.ts";
import { createRebuild } from "../rebuild.ts";
import { renameOwn } from "../rename.ts";
import { letsIn, mapRange, mapStmts, together, visitExprs } from "../statements.ts";

/**
 * Loops over the rows `around`, `count` at a time, then over those left. `body` is what is done for each row, in order,
 * with `scratch` of one row; every statement of it is done for all rows of a block before the next. Ranges become those
 * of all rows of a block: what is beyond a row's own is hidden in it.
 */
export const blockRows = (
  around: ReduceAxis,
  scratch: readonly BufferDecl[],
  body: readonly Stmt[],
  count: number,
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const { name, extent } = around;
  const single = [...scratch.map(row), ...body];
  if (typeof extent === "number" && extent < count) return [loop(name, extent, single)];
  const whole = floorDiv(extent, count);
  const block = fresh(name);
  const blocks = loop(block, whole, bodyOfBlock(name, block, scratch, body, count, fresh));
  if (mod(extent, count) === 0) return [blocks];
  const rest = { from: size(mul(whole, count)), to: size(extent) };
  return [blocks, ...renameOwn([loop(name, extent, single, "spatial", rest)], fresh)];
};

const bodyOfBlock = (
  name: string,
  block: string,
  scratch: readonly BufferDecl[],
  body: readonly Stmt[],
  count: number,
  fresh: (hint: string) => string,
): readonly Stmt[] => {
  const wide = (decl: BufferDecl): BufferDecl => ({ ...decl, shape: [count, ...decl.shape] });
  const rows = new Map(scratch.map((decl) => [decl.name, wide(decl)]));
  const parts = partsOf(body);
  const numbers = new Map(
    lastingIn(parts).map((decl) => [decl.name, { ...wide(decl), name: fresh(decl.name) }] as const),
  );
  const blocked = parts.map((part) => {
    const within = fresh("row");
    const place = addI(mulI(axis(block), int(count)), axis(within));
    const own = new Set(letsIn(part));
    const forAll = (range: AxisRange | null): AxisRange | null =>
      range === null ? null : rangeForAll(range, within, count);
    const expr = createRebuild((e): Expr | null => {
      switch (e.kind) {
        case "axis":
          return e.name === name ? place : null;
        case "local": {
          const number = own.has(e.name) ? undefined : numbers.get(e.name);
          return number === undefined ? null : load(number, [axis(within)]);
        }
        case "load": {
          const decl = rows.get(e.buffer);
          return decl === undefined ? null : load(decl, [axis(within), ...e.index]);
        }
        case "reduce":
          return { ...e, axes: e.axes.map((a) => ({ ...a, range: forAll(a.range) })) };
        default:
          return null;
      }
    });
    const stmt = (s: Stmt): readonly Stmt[] => {
      switch (s.kind) {
        case "for":
          return [{ ...s, range: forAll(mapRange(s.range, expr)), body: s.body.flatMap(stmt) }];
        case "let": {
          const number = numbers.get(s.name);
          const made = { ...s, value: expr(s.value) };
          if (number === undefined) return [made];
          return [made, store(number.name, [axis(within)], local(s.name, s.value.dtype))];
        }
        case "store": {
          const decl = rows.get(s.buffer);
          const index = s.index.map(expr);
          const at = decl === undefined ? index : [axis(within), ...index];
          return [{ ...s, buffer: decl?.name ?? s.buffer, index: at, value: expr(s.value) }];
        }
        default:
          return mapStmts([s], expr);
      }
    };
    return loop(within, count, part.flatMap(stmt));
  });
  return [...[...rows.values(), ...numbers.values()].map(row), ...blocked];
};

/** The range of all rows of a block, over which the axis `row` runs; null where rows do not end one after another. */
const rangeForAll = ({ from, to }: AxisRange, row: string, count: number): AxisRange | null => {
  const mentions = createFreeAxes();
  const growsWith = (e: Expr): boolean => {
    if (!mentions(e).has(row) || e.kind === "axis") return true;
    return e.kind === "call" && ["add", "min", "max"].includes(e.fn) && e.args.every(growsWith);
  };
  const at = (end: Expr, value: number): Expr =>
    createRebuild((e) => (e.kind === "axis" && e.name === row ? int(value) : null))(end);
  return growsWith(from) && growsWith(to) ? { from: at(from, 0), to: at(to, count - 1) } : null;
};

/** Loops one by one, what stands between them together. */
const partsOf = (body: readonly Stmt[]): readonly (readonly Stmt[])[] =>
  together(body, (stmt) => stmt.kind !== "for");

/** Numbers of a row that a later part reads. */
const lastingIn = (parts: readonly (readonly Stmt[])[]): readonly BufferDecl[] => {
  const read = parts.map((part) => {
    const names = new Set<string>();
    visitExprs(part, (e) => {
      if (e.kind === "local") names.add(e.name);
    });
    return names;
  });
  return parts.flatMap((part, k) =>
    part.flatMap((s): readonly BufferDecl[] => {
      const lasts = s.kind === "let" && read.slice(k + 1).some((names) => names.has(s.name));
      return lasts ? [{ name: s.name, dtype: s.value.dtype, shape: [] }] : [];
    }),
  );
};
