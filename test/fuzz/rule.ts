// What a kind of statement is to the generator: it takes values in scope and gives a well-typed `let`.

import type { Choices } from "./random.ts";
import type { Kind, Size, Slot, Statement } from "./program.ts";

/** What a rule may use. */
export type Scene = { readonly choices: Choices; readonly slots: readonly Slot[] };

/** Null where nothing in scope fits. */
export type Rule = (scene: Scene, name: string) => Statement | null;

type Result = {
  readonly rule: string;
  readonly text: string;
  readonly shape: readonly Size[];
  readonly bound: number;
  readonly exact?: boolean;
  readonly kind?: Kind;
  readonly reads: readonly Slot[];
};

/** A statement that defines one value. */
export const define = (name: string, made: Result): Statement => ({
  rule: made.rule,
  text: made.text,
  defines: [
    {
      name,
      kind: made.kind ?? "float",
      shape: made.shape,
      exact: made.exact ?? false,
      bound: made.bound,
    },
  ],
  reads: made.reads.map((one) => one.name),
});

export const pickSlot = (scene: Scene, fits: (one: Slot) => boolean): Slot | null => {
  const fitting = scene.slots.filter(fits);
  return fitting.length === 0 ? null : scene.choices.pick(fitting);
};

export const isFloat = (one: Slot): boolean => one.kind === "float";
export const isInt = (one: Slot): boolean => one.kind === "int";
export const isBool = (one: Slot): boolean => one.kind === "bool";
export const isFixed = (size: Size | undefined, least = 1): size is number =>
  typeof size === "number" && size >= least;

/** A size at most, for bounds of values. */
export const extent = (size: Size): number => (typeof size === "number" ? size : 9);

export const replaced = (shape: readonly Size[], axis: number, size: Size): readonly Size[] =>
  shape.map((old, i) => (i === axis ? size : old));
export const without = (shape: readonly Size[], axis: number): readonly Size[] =>
  shape.filter((_, i) => i !== axis);

/** A matrix with a fixed last axis. */
export const matrix = (scene: Scene, least: number, exact = false): Slot | null =>
  pickSlot(
    scene,
    (one) =>
      isFloat(one) &&
      one.shape.length === 2 &&
      isFixed(one.shape[1], least) &&
      (one.exact || !exact),
  );

/** Places of a window. */
export const places = (
  n: number,
  kernel: number,
  stride: number,
  pad: number,
  dilation: number,
): number => Math.floor((n + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;
