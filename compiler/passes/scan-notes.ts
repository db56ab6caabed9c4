// What was decided about the scans of a graph, in words.

import { printDim } from "../ir/dim-text.ts";
import type { Graph, Op } from "../ir/graph.ts";
import { keepsCarriesOnly, scanAttrs } from "../ops/scan.ts";
import { carryStages } from "./carry-stages.ts";

/** One line per scan, and one per place where it could have been cut in two. */
export const scanNotes = (graph: Graph, depth = 0): readonly string[] =>
  graph.ops.flatMap((op) => {
    if (op.name !== "scan") return [];
    const attrs = scanAttrs(op.attrs);
    return [
      "  ".repeat(depth) + noteOf(op),
      ...carryStages(attrs).notes.map((note) => `${"  ".repeat(depth + 1)}${note}`),
      ...scanNotes(attrs.body, depth + 1),
    ];
  });

const noteOf = (op: Op): string => {
  const { body, length, reverse, carries } = scanAttrs(op.attrs);
  const names = body.inputs
    .slice(0, carries)
    .map(({ def }) => (def.kind === "input" ? `%${def.name}` : "carry"));
  const kept = keepsCarriesOnly(op.attrs)
    ? "; keeps only carries for the gradient, the rest is computed again"
    : "";
  return `loop of ${printDim(length)} steps${reverse ? " backward" : ""} over ${names.join(", ") || "no carry"}${kept}`;
};
