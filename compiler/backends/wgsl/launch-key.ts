// What a launch, or a whole kernel, is known by where its time was measured: the same in every program that has it.

import { loops, over } from "../../kernel/build.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { lastingKey } from "../../lower/kernel-key.ts";
import { storesIn, visitExprs } from "../../lower/statements.ts";
import type { Precision } from "../../../runtime/abi.ts";
import { fnv1a64 } from "../../../runtime/random.ts";
import type { Launch } from "../../lower/launch.ts";

/** What is chosen: how to compute one launch, or all of a kernel. */
export type Scope = "launch" | "kernel";

/** 16 hexadecimal digits. */
export const keyOf = (scope: Scope, kernel: Kernel, precision: Precision): string => {
  const [low, high] = fnv1a64([scope, precision, lastingKey(kernel)].join(" "));
  return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
};

/** A kernel of nothing but the launch, with the buffers that it works on. */
export const aloneIn = (kernel: Kernel, { grid, body }: Launch): Kernel => {
  const used = buffersIn(body);
  const isUsed = ({ name }: { readonly name: string }): boolean => used.has(name);
  return {
    ...kernel,
    params: kernel.params.filter(isUsed),
    results: kernel.results.filter(isUsed),
    body: [
      ...kernel.body.filter((s) => s.kind === "row" && isUsed(s.decl)),
      ...loops(
        grid.map(({ name, extent }) => over(name, extent)),
        body,
      ),
    ],
  };
};

const buffersIn = (stmts: readonly Stmt[]): ReadonlySet<string> => {
  const names = new Set(storesIn(stmts).map(({ buffer }) => buffer));
  visitExprs(stmts, (e) => {
    if (e.kind === "load") names.add(e.buffer);
  });
  return names;
};
