// The text of every decision of fusion, entry by entry.

import type { Plan } from "./plan.ts";

/** What is computed inside its readers, what becomes a buffer, which kernels are one, each with the reason. */
export const printFusion = (plan: Plan): string =>
  plan.entries
    .map(({ entry, notes }) =>
      [`fuse @${entry.name} {`, ...notes.map((note) => `  ${note}`), "}\n"].join("\n"),
    )
    .join("\n");
