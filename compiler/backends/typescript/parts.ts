// Parts of a kernel that are emitted one by one: whole tiles share no values with what is left after them.

import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { withStoresTogether } from "../../lower/statements.ts";
import type { Loop } from "../../schedule/nests.ts";
import { createWriteOut } from "../../schedule/write-out.ts";

export type Part =
  /** A loop with nothing but loops in it. */
  | { readonly kind: "loop"; readonly loop: Loop; readonly inner: readonly Part[] }
  /** Without unrolled loops. */
  | { readonly kind: "stmts"; readonly stmts: readonly Stmt[] };

/** `arrange`: what is done to written-out statements. */
export const partsOf = (
  kernel: Kernel,
  arrange: (stmts: readonly Stmt[]) => readonly Stmt[] = (stmts) => stmts,
): readonly Part[] => {
  const writeOut = createWriteOut(kernel);
  const split = (body: readonly Stmt[]): readonly Part[] =>
    withStoresTogether(body).map((together): Part => {
      const [first] = together;
      return first.kind === "for" && isOuter(first)
        ? { kind: "loop", loop: first, inner: split(first.body) }
        : { kind: "stmts", stmts: arrange(writeOut(together)) };
    });
  return split(kernel.body);
};

const isOuter = ({ role, carries, body }: Loop): boolean =>
  role !== "unroll" && carries.length === 0 && body.every((s) => s.kind === "for");

/** Statements of all parts. */
export const stmtsIn = (parts: readonly Part[]): readonly Stmt[] =>
  parts.flatMap((part) => (part.kind === "stmts" ? part.stmts : stmtsIn(part.inner)));
