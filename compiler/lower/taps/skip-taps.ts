// Lets sums run over the positions alone that are not padding: kernel → kernel, without the guards that said so.

import { reduce } from "../../kernel/build.ts";
import { createNaming } from "../../kernel/free-name.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { axesKey } from "../axes-key.ts";
import { createInterner } from "../intern.ts";
import { append } from "../../ir/list-map.ts";
import { namesIn } from "../names-in.ts";
import { createRebuild } from "../rebuild.ts";
import { extentsOf, mapStmts, visitExprs } from "../statements.ts";
import { createShorten } from "./shorten.ts";
import type { Shorter, Sum } from "./shorten.ts";

/**
 * A sum in which a factor is read under a guard, and is 0 where that does not hold, runs only where it does: between ends,
 * and over every n-th position. So what would be multiplied by padding is not looked at, be it infinite or NaN.
 */
export const skipTaps = (kernel: Kernel): Kernel => {
  const interner = createInterner();
  const body = mapStmts(kernel.body, interner.intern);
  const reductions = new Map<string, Sum[]>();
  visitExprs(body, (e) => {
    if (e.kind === "reduce") append(reductions, axesKey(e), e);
  });
  const shorten = createShorten(interner, extentsOf(body), createNaming(new Set(namesIn(kernel))));
  const shorter = new Map<string, Shorter>();
  // Those over the same axes share a loop, so they stay alike.
  for (const [key, list] of reductions) {
    const found = list.every(isSum) ? shorten(list) : null;
    if (found !== null) shorter.set(key, found);
  }
  if (shorter.size === 0) return kernel;
  const replace = createRebuild((e) => {
    const found = e.kind === "reduce" ? shorter.get(axesKey(e)) : undefined;
    return e.kind !== "reduce" || found === undefined
      ? null
      : reduce(e.op, found.axes, found.at(e.body));
  });
  return { ...kernel, body: mapStmts(body, replace) };
};

const isSum = ({ op, where }: Sum): boolean => op === "add" && where === null;
