// Reports tensors that no memory holds, so that nothing later meets a size it cannot count with.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import type { Module } from "../ir/module.ts";
import type { TensorType } from "../ir/type.ts";

/** Words on the heap are counted in 32 bits. */
const mostElements = 2 ** 31 - 1;
/** What is computed where it is read takes no memory, but is counted in doubles all the same. */
const mostCounted = Number.MAX_SAFE_INTEGER;

/** Elements with every symbolic size at its least, 1. */
const fewest = ({ shape }: TensorType): number =>
  shape.reduce<number>((count, dim) => (typeof dim === "number" ? count * dim : count), 1);

const bytesText = (elements: number): string => {
  const units = ["kB", "MB", "GB", "TB", "PB", "EB"];
  const bytes = 4 * elements;
  const step = Math.min(units.length, Math.max(1, Math.floor(Math.log(bytes) / Math.log(1000))));
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${units[step - 1]}`;
};

/** At most one report: what is too large makes much of what follows too large. True after it. */
export const reportTooLarge = (
  module: Module,
  report: (diagnostic: Diagnostic) => void,
): boolean => {
  let found = false;
  const check = (type: TensorType, limit: number, span: Span | null): void => {
    const count = fewest(type);
    if (count <= limit || span === null || found) return;
    found = true;
    report(diagnostic("DLM0801", span, { size: bytesText(count), limit: bytesText(mostElements) }));
  };
  for (const { type, span } of module.stored) check(type, mostElements, span);
  for (const { graph, inputs } of module.entries) {
    inputs.forEach((input, i) => {
      if (input.kind === "data") check(graph.inputs[i]!.type, mostElements, input.span);
    });
    for (const { def, type } of graph.outputs)
      if (def.kind === "result") check(type, mostElements, def.op.span);
    for (const op of graph.ops)
      for (const { type } of op.results) check(type, mostCounted, op.span);
  }
  return found;
};
