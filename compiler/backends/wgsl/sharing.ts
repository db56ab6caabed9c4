// How the buffers of a launch lie to each other in memory, as far as its shader has to know.

import { mostPieces } from "../../costs/webgpu.ts";
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
  /** Whether something in the memory that its piece is part of is written. */
  readonly writable: readonly boolean[];
  /** Whether it is kept as halves; the same for all of a piece. */
  readonly halves: readonly boolean[];
};

/** Every buffer has memory of its own; where they are too many all lie in one piece, and none is of `halves`. */
export const apart = (
  { params, results }: Kernel,
  halves: ReadonlySet<string> = new Set(),
): Sharing => {
  const buffers = [...params, ...results];
  const isOne = buffers.length > mostPieces;
  return {
    pieces: buffers.map((_, k) => (isOne ? 0 : k)),
    shifted: buffers.map(() => isOne),
    writable: buffers.map((_, k) => isOne || k >= params.length),
    halves: buffers.map(({ name }) => !isOne && halves.has(name)),
  };
};

export const sharingOf = (plan: EntryPlan, { args }: Dispatch, kernel: Kernel): Sharing => {
  // Rows lie elsewhere.
  const buffers = args.slice(0, kernel.params.length + kernel.results.length);
  const slabs = buffers.map((arg) => slabOf(plan, arg));
  const written = new Set(slabs.slice(kernel.params.length));
  const writable = slabs.map((slab) => written.has(slab));
  const roots = buffers.map((arg) => rootOf(plan, arg));
  const halves = buffers.map((arg) => arg.kind === "slot" && plan.halves.has(arg.slot));
  if (new Set(roots).size > mostPieces) {
    const pieces = numbered(slabs.map((slab, k) => (halves[k] === true ? roots[k]! : slab)));
    return { pieces, shifted: halves.map((isHalf) => !isHalf), writable, halves };
  }
  const places = buffers.map(({ at }) => at.map(positionKey).join());
  const shifted = buffers.map(({ at }, k) => {
    const alike = places.filter((_, j) => roots[j] === roots[k]);
    return new Set(alike).size > 1 || !at.every((p) => isAligned(p, plan.target.alignment));
  });
  return { pieces: numbered(roots), shifted, writable, halves };
};

/** Equal things get equal numbers, in the order in which they come first. */
const numbered = (things: readonly (string | number)[]): readonly number[] => {
  const order = [...new Set(things)];
  return things.map((one) => order.indexOf(one));
};

/** Of the arena; -1 is what is stored. */
const slabOf = ({ memory }: EntryPlan, arg: Arg): number =>
  arg.kind === "stored" ? -1 : memory.slabOf[arg.slot]!;

/** Equal for buffers that may lie in one place. */
const rootOf = ({ memory }: EntryPlan, arg: Arg): string => {
  if (arg.kind === "stored") return `@${arg.path}`;
  const at = memory.kind === "fixed" ? memory.offsets[arg.slot] : memory.regionOf[arg.slot];
  // What is empty begins where another slab does.
  return `${memory.slabOf[arg.slot]} ${at}`;
};

const positionKey = ({ loop, shift, alternates, stride }: Position): string =>
  [loop, dimKey(shift), alternates, dimKey(stride)].join();

const isAligned = ({ loop, shift, stride }: Position, alignment: number): boolean => {
  const step: Dim = loop === null ? mul(shift, stride) : stride;
  return typeof step === "number" && step % alignment === 0;
};

export const sharingKey = (sharing: Sharing): string =>
  [
    sharing.pieces,
    ...[sharing.shifted, sharing.writable, sharing.halves].map((list) => list.map(Number)),
  ].join(" ");
