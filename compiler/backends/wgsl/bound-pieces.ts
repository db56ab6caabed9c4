// The pieces of memory that a dispatch binds, in words of the heap.

import { evaluateDim, product } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { layOut, sizesOfDispatch } from "../../lower/plan.ts";
import type { Arg, Dispatch, EntryPlan, Plan, Position } from "../../lower/plan.ts";
import { sharingOf } from "./sharing.ts";

export type Sizes = ReadonlyMap<string, number>;

/** From `start` to before `end`; `largest` is of what lies in it the argument with most words. */
export type BoundPiece = {
  readonly start: number;
  readonly end: number;
  readonly largest: Arg;
};

/** In loops those of the first round: in later ones all lies as far apart. */
export const boundPieces = (
  { kernels }: Plan,
  entry: EntryPlan,
  sizes: Sizes,
): ((dispatch: Dispatch) => readonly BoundPiece[]) => {
  const { offsets } = layOut(entry, sizes);
  return (dispatch) => {
    const { kernel } = kernels[dispatch.kernel]!;
    const { pieces } = sharingOf(entry, dispatch, kernel);
    const own = sizesOfDispatch(kernel, dispatch, sizes);
    const buffers = [...kernel.params, ...kernel.results].map(({ shape }, k) => {
      const arg = dispatch.args[k]!;
      const first = arg.kind === "stored" ? arg.offset : offsets[arg.slot]!;
      const start = arg.at.reduce((n, position) => n + wordsTo(position, sizes), first);
      return { arg, piece: pieces[k]!, start, words: evaluateDim(product(shape), own) };
    });
    return [...new Set(pieces)].map((piece) => {
      const inside = buffers.filter((buffer) => buffer.piece === piece);
      return {
        start: Math.min(...inside.map(({ start }) => start)),
        end: Math.max(...inside.map(({ start, words }) => start + words)),
        largest: inside.reduce((a, b) => (b.words > a.words ? b : a)).arg,
      };
    });
  };
};

const wordsTo = ({ shift, alternates, stride }: Position, sizes: Sizes): number => {
  const value = (dim: Dim): number => evaluateDim(dim, sizes);
  return (alternates ? value(shift) % 2 : value(shift)) * value(stride);
};
