// Results that a kernel stores piece by piece, as what is put side by side: where each piece lies.

import { mostPieces } from "../costs/limits.ts";
import { equalDims, exactDiv, mul } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import { equalShapes } from "../ir/type.ts";
import { addI, int, size } from "../kernel/build.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Root } from "./fuse.ts";

/** `count` pieces of one width side by side along an axis. Sizes of 1 are no loops: pieces of width 1 may have none there. */
export type Pieces = { readonly axis: number; readonly width: Dim; readonly count: number };

/** Roots over one shape, each piece of which is as large as the loops of the kernel that stores them. */
export type Placed = { readonly roots: readonly Root[]; readonly pieces: Pieces };

/** How a shape may be cut into pieces that are as large as loops over `extents`, none of which is 1. */
export const piecesOf = (shape: readonly Dim[], extents: readonly Dim[]): readonly Pieces[] =>
  shape.flatMap((dim, axis) => {
    const before = shape.slice(0, axis).filter((d) => d !== 1).length;
    const others = shape.filter((d, k) => k !== axis && d !== 1);
    const alone = equalShapes(others, extents);
    const width = alone ? 1 : extents[before];
    const rest = alone ? extents : extents.filter((_, k) => k !== before);
    if (dim === 1 || width === undefined || width === 0) return [];
    if (!equalShapes(others, rest)) return [];
    const count = exactDiv(dim, width);
    return typeof count === "number" && count > 1 && count <= mostPieces
      ? [{ axis, width, count }]
      : [];
  });

/** Where piece `k` has the element at which the loops are; `place`: their variables. */
export const indexOfPiece = (
  shape: readonly Dim[],
  { axis, width }: Pieces,
  place: readonly Expr[],
  k: number,
): readonly Expr[] => {
  let next = 0;
  return shape.map((dim, at) => {
    if (at !== axis) return dim === 1 ? int(0) : place[next++]!;
    const start = size(mul(width, k));
    return equalDims(width, 1) ? start : addI(place[next++]!, start);
  });
};
