// Which kernels are attention, forward or backward, so that a workgroup makes a block of rows from blocks of columns; of the
// others, why not. What `lower/streams` makes is matched, as what it says of one row: numbers of a row are sums and maxima
// over its columns, and what else it stores are sums over columns of a weight times a vector. Weights are any function of
// products of the row with the column, of numbers, and of positions.

import type { AxisRange, Expr } from "../../kernel/expr.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { printExpr } from "../../kernel/text.ts";
import { loadsAny } from "../../lower/statements.ts";
import type { Store } from "../../lower/contraction.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { productsOf } from "./row-products.ts";
import type { Product } from "./row-products.ts";
import { rowProgramsOf } from "./row-programs.ts";
import type { RowProgram } from "./row-programs.ts";
import { readRow } from "./read-row.ts";
import { estimate } from "./tiles.ts";

/** A number of a row: the sum or maximum of `term` over its columns. */
export type RowNumber = { readonly name: string; readonly op: "add" | "max"; readonly term: Expr };

/** A vector of a row: the sum over its columns of `weight`, a number, times `value`, which is the same for all rows. */
export type RowSum = {
  /** A local of that name stands for an element of the sum in `store`. */
  readonly name: string;
  readonly weight: Expr;
  readonly value: Expr;
  readonly width: readonly GridAxis[];
  readonly store: Store;
};

/** Terms and weights have products and numbers as locals. */
export type Attention = {
  readonly batch: readonly GridAxis[];
  readonly row: GridAxis;
  /** The last runs fastest. */
  readonly columns: readonly GridAxis[];
  /** Of the first axis of columns, for each row: beyond it nothing counts. Null where a row has all. */
  readonly range: AxisRange | null;
  readonly products: readonly Product[];
  /** Each is made of those before it at most. */
  readonly numbers: readonly RowNumber[];
  readonly sums: readonly RowSum[];
  /** Of numbers. */
  readonly stores: readonly Store[];
};

/** A sentence where the kernel is no such thing. */
export const attentionOf = (kernel: Kernel): Attention | string => {
  const found = rowProgramsOf(kernel).map((program) => attentionIn(kernel, program));
  const [one, other = one] = found;
  if (one === undefined || other === undefined) return "it is not made row by row";
  if (typeof one === "string") return one;
  if (typeof other === "string") return other;
  return textOf(one) === textOf(other) ? one : "rows that are left over are made otherwise";
};

/** All but the range, which is that of a block where rows are made in blocks. */
const textOf = ({ range: _, ...rest }: Attention): string =>
  JSON.stringify(rest, (_, value: unknown) => (isExpr(value) ? printExpr(value) : value));

const isExpr = (value: unknown): value is Expr =>
  typeof value === "object" && value !== null && "kind" in value && value.kind !== "store";

const attentionIn = (kernel: Kernel, { grid, body }: RowProgram): Attention | string => {
  const read = readRow(body);
  if (typeof read === "string") return read;
  const { numbers, sums, stores, columns } = read;
  const written = new Set(kernel.results.map(({ name }) => name));
  const all = [
    ...numbers.map(({ term }) => term),
    ...sums.flatMap(({ weight, value, store }) => [weight, value, store.value]),
    ...stores.map(({ value }) => value),
  ];
  if (all.some((e) => loadsAny(e, written))) return "it reads what it writes";
  if (sums.length === 0) return "it sums no vectors";
  if ([...grid, ...columns].some(({ extent }) => extent === 0)) return "it has no elements";
  const found = productsOf(grid, read);
  if (typeof found === "string") return found;
  const { rows, ...rest } = found;
  const [row] = rows.toSorted((a, b) => estimate(b.extent) - estimate(a.extent));
  if (row === undefined) return "all rows have columns of their own";
  return { ...read, ...rest, row, batch: grid.filter((a) => a !== row) };
};
