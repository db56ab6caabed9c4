// Names that a kernel uses for anything.

import { buffersOf } from "../kernel/buffers.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { extentsOf, letsIn } from "./statements.ts";

export const namesIn = (kernel: Kernel): ReadonlySet<string> => {
  const decls = buffersOf(kernel).map(({ name }) => name);
  return new Set([
    ...decls,
    ...kernel.sizes,
    ...extentsOf(kernel.body).keys(),
    ...letsIn(kernel.body),
  ]);
};
