// What a host binds for a kernel: each buffer by itself, or one heap where that would be more than a device has to have.

import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { scratchWords } from "./rows.ts";
import type { Rows } from "./rows.ts";

/** Storage buffers that every device has for a shader. */
const mostBindings = 8;

/** Numbers are a uniform. */
export type Binding =
  | { readonly kind: "buffer"; readonly buffer: string; readonly access: "read" | "read_write" }
  /** All buffers; an offset of each is among the numbers. */
  | { readonly kind: "heap" }
  | { readonly kind: "scratch"; readonly words: Dim }
  | { readonly kind: "numbers"; readonly count: number };

/** An i32 of the uniform: a size, or where on the heap a buffer begins. */
export type NumberGiven =
  | { readonly kind: "size"; readonly name: string }
  | { readonly kind: "offset"; readonly buffer: string };

export type Bindings = {
  /** In the order of their numbers. */
  readonly bindings: readonly Binding[];
  readonly numbers: readonly NumberGiven[];
};

export const bindingsOf = (kernel: Kernel, rows: Rows): Bindings => {
  const words = scratchWords(rows);
  const scratch: readonly Binding[] = words === 0 ? [] : [{ kind: "scratch", words }];
  const apart: readonly Binding[] = [
    ...kernel.params.map(({ name }) => ({ kind: "buffer", buffer: name, access: "read" }) as const),
    ...kernel.results.map(
      ({ name }) => ({ kind: "buffer", buffer: name, access: "read_write" }) as const,
    ),
  ];
  const isOnHeap = apart.length + scratch.length > mostBindings;
  const numbers: readonly NumberGiven[] = [
    ...kernel.sizes.map((name) => ({ kind: "size", name }) as const),
    ...(isOnHeap ? [...kernel.params, ...kernel.results] : []).map(
      ({ name }) => ({ kind: "offset", buffer: name }) as const,
    ),
  ];
  return {
    numbers,
    bindings: [
      ...(isOnHeap ? [{ kind: "heap" } as const] : apart),
      ...scratch,
      ...(numbers.length === 0 ? [] : [{ kind: "numbers", count: numbers.length } as const]),
    ],
  };
};
