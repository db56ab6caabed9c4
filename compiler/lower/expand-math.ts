// Kernels → kernels without transcendental functions, for targets that have none or none good enough.

import type { Expr } from "../kernel/expr.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { expandCall } from "../kernel/math/expansions.ts";
import { createRebuild } from "./rebuild.ts";
import { mapStmts } from "./statements.ts";

/**
 * Calls become arithmetic, comparisons, selects and bit operations on f32, each rounded on its own. What a formula uses
 * twice is one object, as in the rest of the kernel: a backend computes it once.
 */
export const expandMath = (kernel: Kernel): Kernel => {
  const expand = createExpandMath();
  return { ...kernel, body: mapStmts(kernel.body, expand) };
};

/** For expressions that share parts. */
export const createExpandMath = (): ((expr: Expr) => Expr) =>
  createRebuild((e) => (e.kind === "call" ? expandCall(e) : null));
