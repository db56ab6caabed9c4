// What a host binds for a kernel: each piece of memory by itself, or one heap where that would be more than a device has to have.

import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { scratchWords } from "./rows.ts";
import type { Rows } from "./rows.ts";
import type { Sharing } from "./sharing.ts";

/** Storage buffers that every device has for a shader. */
const mostBindings = 8;

/** Numbers are a uniform. */
export type Binding =
  /** `buffers` lie in it. */
  | {
      readonly kind: "piece";
      readonly buffers: readonly string[];
      readonly access: "read" | "read_write";
    }
  /** All buffers; an offset of each is among the numbers. */
  | { readonly kind: "heap" }
  | { readonly kind: "scratch"; readonly words: Dim }
  | { readonly kind: "numbers"; readonly count: number };

/** An i32 of the uniform: a size, or where in its piece, or on the heap, a buffer begins. */
export type NumberGiven =
  | { readonly kind: "size"; readonly name: string }
  | { readonly kind: "offset"; readonly buffer: string };

export type Bindings = {
  /** In the order of their numbers. */
  readonly bindings: readonly Binding[];
  readonly numbers: readonly NumberGiven[];
};

export const bindingsOf = (kernel: Kernel, rows: Rows, sharing: Sharing): Bindings => {
  const words = scratchWords(rows);
  const scratch: readonly Binding[] = words === 0 ? [] : [{ kind: "scratch", words }];
  const buffers = [...kernel.params, ...kernel.results].map(({ name }) => name);
  const written = new Set(kernel.results.map(({ name }) => name));
  const pieces = [...new Set(sharing.pieces)].map((piece): Binding => {
    const inside = buffers.filter((_, k) => sharing.pieces[k] === piece);
    const isWritten = sharing.mixed || inside.some((name) => written.has(name));
    return { kind: "piece", buffers: inside, access: isWritten ? "read_write" : "read" };
  });
  const isOnHeap = pieces.length + scratch.length > mostBindings;
  const numbers: readonly NumberGiven[] = [
    ...kernel.sizes.map((name) => ({ kind: "size", name }) as const),
    ...buffers
      .filter((_, k) => isOnHeap || sharing.shifted[k])
      .map((buffer) => ({ kind: "offset", buffer }) as const),
  ];
  return {
    numbers,
    bindings: [
      ...(isOnHeap ? [{ kind: "heap" } as const] : pieces),
      ...scratch,
      ...(numbers.length === 0 ? [] : [{ kind: "numbers", count: numbers.length } as const]),
    ],
  };
};
