// The shape after each stage of a pipeline that changes it, as a hint behind the stage.

import type { InlayHint, Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Observation } from "../frontend/observation.ts";
import { isTensor, resultsOf } from "./shapes.ts";

export const inlayHints = (
  document: TextDocument,
  observations: readonly Observation[],
  range: Range,
): InlayHint[] => {
  const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  const byPlace = new Map<string, [Observation, ...Observation[]]>();
  for (const one of observations) {
    const { start, end } = one.span;
    if (one.kind !== "stage" || !isTensor(one) || end < from || start > to) continue;
    const key = `${start}-${end}`;
    const known = byPlace.get(key);
    if (known === undefined) byPlace.set(key, [one]);
    else known.push(one);
  }
  const text = document.getText();
  let before = { end: text.length, shape: "" };
  const hints: InlayHint[] = [];
  for (const seen of [...byPlace.values()].sort(([a], [b]) => a.span.end - b.span.end)) {
    const { start, end } = seen[0].span;
    const shape = resultsOf(seen);
    if (shape === null) continue;
    const follows = /^\s*->\s*$/.test(text.slice(before.end, start));
    if (!follows || before.shape !== shape)
      hints.push({ position: document.positionAt(end), label: shape, paddingLeft: true });
    before = { end, shape };
  }
  return hints;
};
