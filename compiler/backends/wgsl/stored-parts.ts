// Cuts what a program stores into buffers that every device has, where no dispatch binds over a cut.

import { boundsOf } from "../../lower/memory-budget.ts";
import type { Plan } from "../../lower/plan.ts";
import { boundPieces } from "./bound-pieces.ts";

/** Words of a buffer that every device makes: 256 MiB. */
export const mostWords = 2 ** 26;

/** The word at which each part begins. One is larger than `most` only where a dispatch binds more than that at once. */
export const storedParts = (plan: Plan, most = mostWords): readonly number[] => {
  const { stored, storedWords } = plan;
  if (storedWords <= most) return [0];
  const bound = plan.entries.flatMap((entry) => {
    const piecesOf = boundPieces(plan, entry, boundsOf(entry));
    return entry.dispatches
      .flatMap(piecesOf)
      .filter(({ largest }) => largest.kind === "stored")
      .map(({ start, end }) => ({ start, end }));
  });
  const cuts = stored
    .map(({ offset }) => offset)
    .filter((at) => bound.every(({ start, end }) => at <= start || end <= at));
  const starts = [0];
  cuts.forEach((at, k) => {
    const next = cuts[k + 1] ?? storedWords;
    if (at > starts.at(-1)! && next - starts.at(-1)! > most) starts.push(at);
  });
  return starts;
};
