// What rewriting a kernel statement by statement needs: names that it does not have, and a kernel of some statements to weigh.

import { buffersOf } from "../../kernel/buffers.ts";
import { createNaming } from "../../kernel/free-name.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { extentsOf, letsIn } from "../../lower/statements.ts";

/** Makes names of hints that nothing in the kernel has. */
export const namingFor = (kernel: Kernel): ((hint: string) => string) =>
  createNaming(
    new Set([
      ...buffersOf(kernel).map(({ name }) => name),
      ...kernel.sizes,
      ...extentsOf(kernel.body).keys(),
      ...letsIn(kernel.body),
    ]),
  );

/** With those statements alone, and what they may mention of others. */
export const kernelWith = (kernel: Kernel, stmts: readonly Stmt[]): Kernel => ({
  ...kernel,
  body: [...kernel.body.filter(({ kind }) => kind === "row" || kind === "let"), ...stmts],
});
