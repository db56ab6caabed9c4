// A schedule: how the loops of one kernel run on one target. It never changes what is computed.

export type Step =
  /**
   * `split i 4 -> i0 i1`: i0 counts whole tiles, i1 runs within one. What is left after the last whole tile is a loop
   * over `i` again in the place of i1. If i1 is unrolled, so is that loop; where its length is not a number, it is an
   * ordinary loop in the place of i0.
   */
  | {
      readonly kind: "split";
      readonly axis: string;
      readonly by: number;
      readonly outer: string;
      readonly inner: string;
    }
  /** `reorder i0 j0 i1 j1`: loops of one nest take each other's places. */
  | { readonly kind: "reorder"; readonly axes: readonly string[] }
  /** `unroll i1 j1`: all iterations are written side by side, so that loops and loads inside are shared. */
  | { readonly kind: "unroll"; readonly axes: readonly string[] }
  /**
   * `pack b j0 -> p`: what reductions inside the loop over j0 read of b at its positions is copied to the scratch p before
   * the loops within, in the order in which it is read; it must not depend on those loops. `pack b j0 in n -> p` makes the copy
   * first in the loop over n, for all iterations of the loops that it depends on; `in @` before all of them. `pack b j0
   * for i0 -> p`: only what stands inside the loop over i0 reads the copy, and none is made where that loop has no
   * rounds. After all other steps.
   */
  | Pack;

export type Pack = {
  readonly kind: "pack";
  readonly buffer: string;
  readonly axis: string;
  /** The loop that begins with the copy; null: none. */
  readonly at: string | null;
  /** The loop whose rounds share the copy; null: all that stands where it is made. */
  readonly sharedBy: string | null;
  readonly panel: string;
};

/** Scratch that a schedule makes. */
export const panelsOf = ({ steps }: Schedule): ReadonlySet<string> =>
  new Set(steps.flatMap((step) => (step.kind === "pack" ? [step.panel] : [])));

export type Schedule = {
  readonly kernel: string;
  readonly target: string;
  readonly steps: readonly Step[];
};
