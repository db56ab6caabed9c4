// Turns loads at an index per axis into loads at one address, its sum ordered so that outer loops hold its first parts.

import { CompilerBug } from "../../../grammar/bug.ts";
import type { Dim } from "../../ir/dim.ts";
import * as dim from "../../ir/dim.ts";
import type { Extents } from "../../kernel/affine.ts";
import { call, int, local, size } from "../../kernel/build.ts";
import type { AxisRange, Expr } from "../../kernel/expr.ts";
import { isWithin } from "../../kernel/is-within.ts";
import type { BufferDecl } from "../../kernel/kernel.ts";
import { childrenOf } from "../../lower/intern.ts";
import type { Interner } from "../../lower/intern.ts";
import { addLinear, linearOf, scaleLinear } from "../../lower/linear.ts";
import type { Linear } from "../../lower/linear.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { mapRange } from "../../lower/statements.ts";

export type Flat = {
  /** Loads become `{ buffer, index: [address] }`; everything is interned. */
  readonly expr: (expr: Expr) => Expr;
  readonly address: (buffer: string, index: readonly Expr[]) => Expr;
  /** The ends of an axis. */
  readonly range: (range: AxisRange | null) => AxisRange | null;
  /** Index arithmetic, which cannot overflow. */
  readonly isAddress: (expr: Expr) => boolean;
  /** Whether a flat load was proved to lie in its buffer. */
  readonly isInside: (load: Expr) => boolean;
  /** An address as one that the lanes of a copy have in common, and how far behind that it is. */
  readonly placeOf: (address: Expr) => Place;
};

export type Place = { readonly at: Expr; readonly view: number };

const stridesOf = (shape: readonly Dim[]): readonly Dim[] =>
  shape.map((_, axis) => dim.product(shape.slice(axis + 1)));

/** `panels`: buffers whose address is known. Of their last axis the first `views` positions have the same address. */
export const createFlat = (
  buffers: ReadonlyMap<string, BufferDecl>,
  panels: ReadonlyMap<string, number>,
  extents: Extents,
  depths: ReadonlyMap<string, number>,
  interner: Interner,
  views = 1,
): Flat => {
  const places = new Map<Expr, Place>();
  const addresses = new Set<Expr>();
  const inside = new Set<Expr>();
  const proved = new Map<string, boolean>();

  /** Unrolled loops read at the same few positions of an axis again and again. */
  const fits = (index: Expr, extent: Dim): boolean => {
    const key = `${interner.id(index)}<${dim.dimKey(extent)}`;
    const known = proved.get(key);
    if (known !== undefined) return known;
    const found = isWithin(index, extent, extents);
    proved.set(key, found);
    return found;
  };

  const depthOf = (atom: Expr): number =>
    atom.kind === "axis"
      ? (depths.get(atom.name) ?? 0)
      : Math.max(-1, ...childrenOf(atom).map(depthOf));

  const markAddress = (expr: Expr): void => {
    if (addresses.has(expr) || expr.kind === "load") return;
    if (expr.kind === "call" && expr.dtype === "i32") {
      addresses.add(expr);
      expr.args.forEach(markAddress);
    }
  };

  const sumOf = (base: string, linear: Linear): Expr => {
    const ordered = linear.terms
      .map((t) => ({ ...t, depth: depthOf(t.atom) }))
      .toSorted((a, b) => a.depth - b.depth);
    const parts = ordered.map(({ atom, coefficient }) =>
      coefficient === 1 ? atom : call("mul", atom, size(coefficient)),
    );
    const { constant } = linear;
    const symbolic = typeof constant === "number" ? [] : [size(constant)];
    const last = typeof constant === "number" && constant !== 0 ? [size(constant)] : [];
    const start = panels.get(base) ?? null;
    const from = start === null ? [local(base, "i32")] : start === 0 ? [] : [int(start)];
    const summands = [...from, ...symbolic, ...parts, ...last];
    const sum = summands.length === 0 ? int(0) : summands.reduce((a, b) => call("add", a, b));
    const address = interner.intern(sum);
    markAddress(address);
    return address;
  };

  const address = (buffer: string, index: readonly Expr[]): Expr => {
    const decl = buffers.get(buffer);
    if (decl === undefined) throw new CompilerBug(`no buffer ${buffer}`);
    const last = index.at(-1);
    if (panels.has(buffer) && index.length > 1 && last?.kind === "number" && last.value > 0) {
      const at = address(buffer, [...index.slice(0, -1), int(0)]);
      const whole = interner.intern(call("add", at, int(last.value)));
      markAddress(whole);
      if (last.value < views) places.set(whole, { at, view: last.value });
      return whole;
    }
    const strides = stridesOf(decl.shape);
    const parts = index.map((e, axis) => scaleLinear(linearOf(e, interner), strides[axis]!));
    return sumOf(buffer, parts.reduce(addLinear, { constant: 0, terms: [] }));
  };

  const readsData = (expr: Expr): boolean =>
    expr.kind === "load" || expr.kind === "local" || childrenOf(expr).some(readsData);

  const end = (expr: Expr): Expr => {
    const flat = interner.intern(expr);
    if (!readsData(flat)) markAddress(flat);
    return flat;
  };

  // Flat loads are made bottom-up: an index that holds loads is flat already when its own load is.
  const rebuild = createRebuild((expr) => {
    if (expr.kind === "reduce")
      return { ...expr, axes: expr.axes.map((a) => ({ ...a, range: mapRange(a.range, end) })) };
    if (expr.kind !== "load") return null;
    const decl = buffers.get(expr.buffer);
    if (decl === undefined) throw new CompilerBug(`no buffer ${expr.buffer}`);
    const flat = interner.intern({ ...expr, index: [address(expr.buffer, expr.index)] });
    const safe = expr.index.every((e, axis) => fits(e, decl.shape[axis]!));
    if (safe) inside.add(flat);
    return flat;
  });

  // Interned first: the statements of an unrolled loop are copies, whose equal parts are then flattened once.
  const flatten = (expr: Expr): Expr => rebuild(interner.intern(expr));

  return {
    expr: (expr) => interner.intern(flatten(expr)),
    range: (range) => mapRange(range, (e) => end(flatten(e))),
    address: (buffer, index) => address(buffer, index.map(flatten)),
    isAddress: (expr) => addresses.has(expr),
    isInside: (load) => inside.has(load),
    placeOf: (address) => places.get(address) ?? { at: address, view: 0 },
  };
};
