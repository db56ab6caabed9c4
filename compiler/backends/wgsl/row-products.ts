// Finds the products of rows with columns in what is computed of both, and which axes of a grid may be those of rows.

import { axis, local } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { createFreeAxes } from "../../lower/access.ts";
import { createInterner } from "../../lower/intern.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { visitExprs } from "../../lower/statements.ts";
import type { Attention } from "./attention.ts";
import type { Sum } from "../../lower/contraction.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { ReadRow } from "./read-row.ts";

/** Of a row and a column: the sum over `depth` of `left`, which no column changes, times `right`, which no row changes. */
export type Product = {
  readonly name: string;
  readonly depth: readonly GridAxis[];
  readonly left: Expr;
  readonly right: Expr;
};

type WithProducts = Pick<Attention, "products" | "numbers" | "sums"> & {
  /** Axes of the grid that nothing of a column depends on. */
  readonly rows: readonly GridAxis[];
};

/** A sentence where something is summed that is no such product. */
export const productsOf = (
  grid: readonly GridAxis[],
  { columns, numbers, sums }: ReadRow,
): WithProducts | string => {
  const freeAxes = createFreeAxes();
  const { intern } = createInterner();
  const reaches = (e: Expr, axes: readonly GridAxis[]): boolean =>
    axes.some(({ name }) => freeAxes(e).has(name));
  const terms = numbers.map(({ term }) => intern(term));
  const weights = sums.map(({ weight }) => intern(weight));
  const products = new Map<Expr, Product>();
  const wrong: string[] = [];
  visitExprs(asLets([...terms, ...weights]), (e) => {
    if (e.kind !== "reduce") return;
    const made = productOf(e, products.size, (factor) => reaches(factor, columns));
    if (made === null) wrong.push("something of a row and a column is no product");
    else products.set(e, made);
  });
  if (sums.some(({ value }) => mentionsLocal(value))) wrong.push("vectors are made of numbers");
  const [why] = wrong;
  if (why !== undefined) return why;
  const ofColumns = [
    ...[...products.values()].map(({ right }) => right),
    ...sums.map(({ value }) => value),
  ];
  const replace = createRebuild((e) => {
    const product = products.get(e);
    return product === undefined ? null : local(product.name, "f32");
  });
  return {
    rows: grid.filter((a) => !ofColumns.some((e) => reaches(e, [a]))),
    products: [...products.values()],
    numbers: numbers.map((one, k) => ({ ...one, term: replace(terms[k]!) })),
    sums: sums.map((one, k) => ({ ...one, weight: replace(weights[k]!) })),
  };
};

/** Null where it is none. */
const productOf = (
  { op, dtype, where, axes, body }: Sum,
  position: number,
  isOfColumns: (e: Expr) => boolean,
): Product | null => {
  const isPlain = op === "add" && where === null && axes.every(({ range }) => range === null);
  if (!isPlain || dtype !== "f32" || body.kind !== "call" || body.fn !== "mul") return null;
  const [a, b] = body.args as [Expr, Expr];
  if (isOfColumns(a) === isOfColumns(b)) return null;
  const depth = axes.map(({ extent }, d) => ({ name: `${position}.${d}.depth`, extent }));
  const rename = createRebuild((e) => {
    const d = e.kind === "axis" ? axes.findIndex(({ name }) => name === e.name) : -1;
    return d < 0 ? null : axis(depth[d]!.name);
  });
  const [left, right] = isOfColumns(a) ? [b, a] : [a, b];
  return { name: `${position}.product`, depth, left: rename(left), right: rename(right) };
};

const asLets = (exprs: readonly Expr[]) =>
  exprs.map((value) => ({ kind: "let", name: "e", value }) as const);

const mentionsLocal = (e: Expr): boolean => {
  let found = false;
  visitExprs(asLets([e]), (part) => (found ||= part.kind === "local"));
  return found;
};
