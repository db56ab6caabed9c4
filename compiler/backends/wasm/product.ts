// A sum of products that is computed in tiles: its operands, and the ways in which they are read.

import type { Dim } from "../../ir/dim.ts";
import type { AxisRange, Expr } from "../../kernel/expr.ts";
import type { Contraction } from "../../lower/contraction.ts";
import type { GridAxis } from "../../lower/launch.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import type { Split } from "./across.ts";
import type { EvenStream, FixedStream, Stream } from "./streams.ts";

export type Product = {
  readonly contraction: Contraction;
  readonly row: GridAxis;
  readonly column: GridAxis;
  /** Other axes of the batch and the columns, outermost first. */
  readonly outer: readonly GridAxis[];
  /** Other axes of the rows: those that are gone through around tiles of rows, and those for each tile. */
  readonly outerRows: readonly GridAxis[];
  readonly innerRows: readonly GridAxis[];
  readonly sum: Expr;
  readonly stores: readonly FlatStmt[];
  /** Operands as expressions that are 0 where a guard does not hold; and as they lie. */
  readonly left: Expr;
  readonly right: Expr;
  /** Null where rows have to be copied. */
  readonly leftStream: EvenStream | null;
  /** Null where columns have to be copied: of this one neighbours are side by side. */
  readonly rightStream: Stream | null;
  /** Of columns to be copied whose neighbours along the depth are side by side. */
  readonly rightAlong: FixedStream | null;
  /** Of a row of the copied left operand its neighbours of other rows lie side by side, not those of the same. */
  readonly isInterleaved: boolean;
  /** Bytes of copies; null where none are made. */
  readonly panelBytes: number | null;
  /** Bytes of the sums of a row, where rows may be so few that each is a vector times a matrix; else null. */
  readonly rowBytes: number | null;
  /** Whether rows may be so few that columns are not worth a copy, which they need else. */
  readonly mayBeFew: boolean;
  /** How a long depth is gone through part by part, with sums in memory; null where it is not. */
  readonly parts: Parts | null;
  /** Ends of axes that are worked out where their loops begin. */
  readonly ranges: Ranges;
  /** Of each axis of the depth, where rows sum over a part of it: the same for all rows of a tile. */
  readonly rowRanges: readonly (AxisRange | null)[];
  /** Whether elements are left out of sums by a 0 in place of one operand. */
  readonly isMasked: boolean;
  /** Other ways for some sizes: where there are too few rows for a tile, or where the depth is short enough for a copy. */
  readonly others: readonly OtherWay[];
  /** Copy of all columns, made before loops around the product that leave them as they are; null where none is. */
  readonly turned: Turned | null;
  /** Steps of a long depth that are copied at a time; null where it is copied whole, or not. */
  readonly chunk: Pick<Split, "axis" | "rounds"> | null;
  /** Columns that are copied at a time, where rows are copied too; null for all. */
  readonly block: number | null;
};

export type Ranges = ReadonlyMap<string, AxisRange>;

/** Columns that lie along the depth, side by side. */
export type Turned = {
  /** What stands for where the copy lies. */
  readonly name: string;
  readonly from: FixedStream;
  /** Of the copy, from one step of the depth to the next. */
  readonly pitch: Dim;
  readonly bytes: number;
};

/** For counts below that. */
export type OtherWay = {
  readonly product: Product;
  readonly count: Dim;
  readonly below: number;
};

/** Its copy takes so many bytes, then come the sums. */
export type Parts = {
  /** Position of the axis of the depth that parts are of; a part has one round of outer axes, and all of inner ones. */
  readonly axis: number;
  /** Of that axis, in a part. */
  readonly rounds: number;
  readonly copyBytes: number;
  readonly sumBytes: number;
};
