// How the buffers of a launch lie to each other in memory, as far as its shader has to know.

import { dimKey, mul } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Arg, Dispatch, EntryPlan, Position } from "../../lower/plan.ts";

/** One value per param and result of a kernel, in this order. */
export type Sharing = {
  /** The piece of memory that it lies in; a device binds each piece once. */
  readonly pieces: readonly number[];
  /** Whether it begins somewhere within its piece, which is known when it runs. */
  readonly shifted: readonly boolean[];
  /** Whether pieces that are only read lie in the same memory as those that are written. */
  readonly mixed: boolean;
};

/** Every buffer has memory of its own. */
export const apart = ({ params, results }: Kernel): Sharing => ({
  pieces: [...params, ...results].map((_, k) => k),
  shifted: [...params, ...results].map(() => false),
  mixed: false,
});

export const sharingOf = (plan: EntryPlan, { args }: Dispatch, kernel: Kernel): Sharing => {
  // Rows lie elsewhere.
  const buffers = args.slice(0, kernel.params.length + kernel.results.length);
  const roots = buffers.map((arg) => rootOf(plan, arg));
  const order = [...new Set(roots)];
  const places = buffers.map(({ at }) => at.map(positionKey).join());
  const shifted = buffers.map(({ at }, k) => {
    const alike = places.filter((_, j) => roots[j] === roots[k]);
    return new Set(alike).size > 1 || !at.every((p) => isAligned(p, plan.alignment));
  });
  return { pieces: roots.map((root) => order.indexOf(root)), shifted, mixed: true };
};

/** Equal for buffers that may lie in one place: those of one slot, or a result over an operand. */
const rootOf = ({ memory }: EntryPlan, arg: Arg): string => {
  if (arg.kind === "stored") return `@${arg.path}`;
  return String(memory.kind === "fixed" ? memory.offsets[arg.slot] : memory.regionOf[arg.slot]);
};

const positionKey = ({ loop, shift, alternates, stride }: Position): string =>
  [loop, dimKey(shift), alternates, dimKey(stride)].join();

const isAligned = ({ loop, shift, stride }: Position, alignment: number): boolean => {
  const step: Dim = loop === null ? mul(shift, stride) : stride;
  return typeof step === "number" && step % alignment === 0;
};

export const sharingKey = ({ pieces, shifted, mixed }: Sharing): string =>
  [pieces.join(), shifted.map(Number).join(), mixed].join(" ");
