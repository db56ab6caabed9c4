// The buffers of a kernel: those it is given, and the scratch in it.

import type { BufferDecl, Kernel, Stmt } from "./kernel.ts";

/** Scratch of rows, in the order of the text. */
export const rowsIn = (stmts: readonly Stmt[]): readonly BufferDecl[] =>
  stmts.flatMap((s) => {
    if (s.kind === "row") return [s.decl];
    return s.kind === "for" || s.kind === "if" ? rowsIn(s.body) : [];
  });

/** What a launch has to have a place for: params, results, then scratch. */
export const buffersOf = (kernel: Kernel): readonly BufferDecl[] => [
  ...kernel.params,
  ...kernel.results,
  ...rowsIn(kernel.body),
];
