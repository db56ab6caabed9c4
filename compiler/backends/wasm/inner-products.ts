// Which loops within others are products of a few rows, as in attention, whose scores are made for four queries at a time.

import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { axesIn } from "../../lower/access.ts";
import { endsOf } from "../../lower/intern.ts";
import { loadsAny } from "../../lower/statements.ts";
import { rootsOf } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { productIn } from "./products.ts";
import type { Product } from "./product.ts";
import type { ProductParts } from "./products.ts";

export type InnerProduct = {
  readonly product: Product;
  readonly axes: readonly string[];
  /** Bytes in front of its copy that is made before other loops; and in front of its other copies. */
  readonly turnedAt: number;
  readonly panelAfter: number;
};

/** By the loop that it is. */
export type InnerProducts = {
  readonly products: ReadonlyMap<FlatStmt, InnerProduct>;
  readonly panelBytes: number;
};

export const noProducts: InnerProducts = { products: new Map(), panelBytes: 0 };

/** `whole`: the same statement. */
export const innerProductsOf = (
  stmt: Stmt,
  whole: FlatStmt,
  parts: ProductParts,
): InnerProducts => {
  const found: (readonly [FlatStmt, Product])[] = [];
  const visit = (s: Stmt, flat: FlatStmt): void => {
    if (s.kind !== "for" && s.kind !== "if") return;
    const product = s === stmt ? null : innerProductOf(s, parts);
    if (product !== null) return void found.push([flat, product]);
    const { body } = flat as Extract<FlatStmt, { kind: "for" | "if" }>;
    s.body.forEach((inner, k) => visit(inner, body[k]!));
  };
  visit(stmt, whole);
  const turned = found.map(([, product]) => toVector(product.turned?.bytes ?? 0));
  const before = (count: number): number => turned.slice(0, count).reduce((a, b) => a + b, 0);
  const panelAfter = before(found.length);
  const products = new Map(
    found.map(([loop, product], k) => {
      const { contraction: c, outer } = product;
      const axes = [...outer, ...c.rows, ...c.columns].map(({ name }) => name);
      return [loop, { product, axes, turnedAt: before(k), panelAfter }] as const;
    }),
  );
  const copies = found.map(([, product]) => product.panelBytes ?? 0);
  return { products, panelBytes: panelAfter + Math.max(0, ...copies) };
};

/** What is evaluated in a statement, where loops that are products are those. */
export const rootsWith = (
  s: FlatStmt,
  products: ReadonlyMap<FlatStmt, InnerProduct>,
): readonly Expr[] => {
  const found = products.get(s);
  if (found !== undefined) return found.product.stores.flatMap(rootsOf);
  if (s.kind !== "for" && s.kind !== "if") return rootsOf(s);
  return [...rootsOf({ ...s, body: [] }), ...s.body.flatMap((one) => rootsWith(one, products))];
};

const toVector = (bytes: number): number => Math.ceil(bytes / 16) * 16;

const innerProductOf = (stmt: Stmt, parts: ProductParts): Product | null => {
  const nest = rangedNest([stmt]);
  const product = productIn(nest, parts, true);
  if (product === null) return null;
  const { row, column, contraction, ranges } = product;
  const mayEnd = [row, column].map(({ name }) => name);
  const written = new Set(contraction.stores.map(({ buffer }) => buffer));
  const readsWritten = contraction.stores.some(({ index, value }) =>
    [...index, value].some((e) => loadsAny(e, written)),
  );
  const isPlain = nest.axes.every(({ name }) => !ranges.has(name) || mayEnd.includes(name));
  return isPlain && !readsWritten ? product : null;
};

type Nest = { readonly axes: readonly ReduceAxis[]; readonly stmts: readonly Stmt[] };

/** Loops around all of `stmts` that are independent; ends of one do not hang on another. */
const rangedNest = (stmts: readonly Stmt[], around: ReadonlySet<string> = new Set()): Nest => {
  const [only] = stmts;
  if (stmts.length !== 1 || only?.kind !== "for" || only.role !== "spatial")
    return { axes: [], stmts };
  const ends = axesIn(endsOf(only.range));
  if ([...ends].some((name) => around.has(name))) return { axes: [], stmts };
  const inner = rangedNest(only.body, new Set([...around, only.axis]));
  const own = { name: only.axis, extent: only.extent, range: only.range };
  return { axes: [own, ...inner.axes], stmts: inner.stmts };
};
