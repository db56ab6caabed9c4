// What was found out about running models one position at a time, a line for each, as `dlm inspect` shows it.

import type { ModelInfo, Module } from "../../ir/module.ts";
import type { Places } from "../../backends/places.ts";

/** None for models without a size to walk along. */
export const stepLines = ({ model, train }: Module, places: Places): readonly string[] =>
  (model === null ? (train?.models ?? []) : [model]).flatMap((one) => lineOf(one, places));

const lineOf = ({ prefix, stepping }: ModelInfo, places: Places): readonly string[] => {
  if (stepping === undefined) return [];
  const who = prefix === "" ? "" : `${prefix}: `;
  if (stepping.kind === "causal") {
    const { size, limit } = stepping;
    return [`${who}steps along ${size}${limit === null ? "" : `, up to ${limit} positions`}`];
  }
  const { size, reason, span } = stepping;
  const place = places(span?.call ?? span);
  return [`${who}no steps along ${size}: it ${reason}${place === null ? "" : ` (${place.at})`}`];
};
