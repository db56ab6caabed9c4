// What a kernel has in its loops and stores piece by piece, each at its place of a larger result.

import type { Bounds } from "../ir/dim-proof.ts";
import type { Value } from "../ir/graph.ts";
import { axis, store } from "../kernel/build.ts";
import type { ReduceAxis } from "../kernel/expr.ts";
import type { BufferDecl, Stmt } from "../kernel/kernel.ts";
import type { Elements } from "./elements.ts";
import { indexOfPiece } from "./pieces.ts";
import type { Pieces } from "./pieces.ts";
import { createSettle } from "./settle.ts";

export type InPieces = {
  readonly pieces: Pieces;
  readonly results: readonly { readonly value: Value; readonly decl: BufferDecl }[];
};

/** The first piece of each result, then the second of each: stores to different buffers are made together. */
export const storesOfPieces = (
  all: readonly InPieces[],
  loops: readonly ReduceAxis[],
  at: Elements["at"],
  bounds: Bounds,
): readonly Stmt[] => {
  const place = loops.map(({ name }) => axis(name));
  const settle = createSettle(new Map(loops.map(({ name, extent }) => [name, extent])), bounds);
  const most = Math.max(0, ...all.map(({ pieces }) => pieces.count));
  return Array.from({ length: most }, (_, k) => k).flatMap((k) =>
    all
      .filter(({ pieces }) => k < pieces.count)
      .flatMap(({ pieces, results }) =>
        results.map(({ value, decl }) => {
          const index = indexOfPiece(decl.shape, pieces, place, k);
          return store(decl.name, index, settle(at(value, index)));
        }),
      ),
  );
};
