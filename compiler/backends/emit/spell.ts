// How the calls of kernel expressions are written: as operators and as functions.

import { bare, infixText } from "./parens.ts";

export type Spell = (...args: readonly string[]) => string;

/** Spellings by the dtype of the first argument; a missing one is that of f32. */
export type Row = { readonly f32: Spell; readonly i32?: Spell; readonly bool?: Spell };

export const infix =
  (op: string): Spell =>
  (a, b) =>
    infixText(op, a!, b!);

export const called =
  (name: string): Spell =>
  (...args) =>
    `${name}(${args.map(bare).join(", ")})`;
