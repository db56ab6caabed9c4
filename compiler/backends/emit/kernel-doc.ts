// What stands above a kernel in emitted code: its buffers, and the line it comes from.

import { dimKey } from "../../ir/dim.ts";
import { buffersOf } from "../../kernel/buffers.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Places } from "../places.ts";

/** What the user wrote, then the library's line it led to. */
const sourceLines = ({ span }: Kernel, places: Places): readonly string[] =>
  [span?.call ?? null, span].flatMap((part) => {
    const place = places(part);
    return place === null ? [] : [`${place.at}  ${place.line}`.trimEnd()];
  });

/** `names`: what its params, results and rows are called in the code. */
export const kernelDoc = (
  kernel: Kernel,
  names: readonly string[],
  places: Places,
): readonly string[] => {
  const [read, made] = [kernel.params.length, kernel.params.length + kernel.results.length];
  const buffers = buffersOf(kernel).map(({ dtype, shape }, k) => {
    const type = `${dtype}[${shape.map(dimKey).join(", ")}]`;
    return `${k < made ? "" : "row "}${names[k]}: ${type}`;
  });
  const signature = `(${buffers.slice(0, read).join(", ")}) -> ${buffers.slice(read).join(", ")}`;
  return [signature, ...sourceLines(kernel, places)];
};
