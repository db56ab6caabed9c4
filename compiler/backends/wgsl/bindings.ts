// What a host binds for a kernel: each piece of memory by itself, scratch, and numbers.

import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { scratchWords } from "./rows.ts";
import type { Rows } from "./rows.ts";
import type { Sharing } from "./sharing.ts";

/** Numbers are a uniform. */
export type Binding =
  /** `buffers` lie in it. */
  | {
      readonly kind: "piece";
      readonly buffers: readonly string[];
      readonly access: "read" | "read_write";
    }
  | { readonly kind: "scratch"; readonly words: Dim }
  | { readonly kind: "numbers"; readonly count: number };

/** An i32 of the uniform: a size, or where in its piece a buffer begins. */
export type NumberGiven =
  | { readonly kind: "size"; readonly name: string }
  | { readonly kind: "offset"; readonly buffer: string };

export type Bindings = {
  /** In the order of their numbers. */
  readonly bindings: readonly Binding[];
  readonly numbers: readonly NumberGiven[];
};

export const bindingsOf = (
  kernel: Kernel,
  rows: Rows,
  { pieces, shifted, writable }: Sharing,
): Bindings => {
  const words = scratchWords(rows);
  const buffers = [...kernel.params, ...kernel.results].map(({ name }) => name);
  const pieceBindings = [...new Set(pieces)].map((piece): Binding => {
    const inside = buffers.filter((_, k) => pieces[k] === piece);
    const isWritable = writable[pieces.indexOf(piece)];
    return { kind: "piece", buffers: inside, access: isWritable ? "read_write" : "read" };
  });
  const numbers: readonly NumberGiven[] = [
    ...kernel.sizes.map((name) => ({ kind: "size", name }) as const),
    ...buffers.filter((_, k) => shifted[k]).map((buffer) => ({ kind: "offset", buffer }) as const),
  ];
  return {
    numbers,
    bindings: [
      ...pieceBindings,
      ...(words === 0 ? [] : [{ kind: "scratch", words } as const]),
      ...(numbers.length === 0 ? [] : [{ kind: "numbers", count: numbers.length } as const]),
    ],
  };
};
