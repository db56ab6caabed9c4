// The kernels that an attention is made of: forward, for the gradients of queries, for those of keys and values.

import type { Value } from "../../ir/graph.ts";
import type { Attention } from "../../recognise/attention.ts";
import type { Labelled, Labels, Side } from "./label-scores.ts";

/** One kernel, in terms of the graph before scores are copied. */
export type Part = {
  readonly labels: Labels;
  readonly side: Side;
  /** Numbers and sums that it makes. */
  readonly ends: ReadonlySet<Value>;
  /** Scores that it makes. */
  readonly scores: ReadonlySet<Value>;
};

/** The forward kernel, that for the gradients of queries, and that for those of keys and values. */
export const partsOf = ({ sum }: Attention, labels: Labels): readonly Part[] => {
  const { values } = labels;
  const forward = labelledBefore(sum.operands, values, () => true);
  const isForward = (value: Value): boolean =>
    operandsOf(value).every((operand) => !values.has(operand) || forward.has(operand));
  const ends = [...values].filter(([, { kind }]) => kind !== "score").map(([value]) => value);
  const of = (side: Side, own: readonly Value[]): Part => {
    const isOwn = new Set(own);
    const made = labelledBefore(own, values, (value) => isOwn.has(value) || isScore(value, values));
    const scores = [...made].filter((value) => isScore(value, values));
    return { labels, side, ends: isOwn, scores: new Set(scores) };
  };
  const [queries, keys] = (["queries", "keys"] as const).map((side) =>
    ends.filter((value) => values.get(value)!.side === side),
  );
  const parts = [
    of("queries", queries!.filter(isForward)),
    of(
      "queries",
      queries!.filter((value) => !isForward(value)),
    ),
    of("keys", keys!),
  ];
  return parts.filter((part) => [...part.ends].some((value) => values.get(value)!.kind === "sum"));
};

const isScore = (value: Value, values: ReadonlyMap<Value, Labelled>): boolean =>
  values.get(value)?.kind === "score";

const operandsOf = ({ def }: Value): readonly Value[] =>
  def.kind === "result" ? def.op.operands : [];

/** Labelled values that others are made of, through what `passes`; a broadcast ends at the number it repeats. */
const labelledBefore = (
  ends: readonly Value[],
  values: ReadonlyMap<Value, Labelled>,
  passes: (value: Value) => boolean,
): ReadonlySet<Value> => {
  const seen = new Set<Value>();
  const stack = [...ends];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value) || !values.has(value) || !passes(value)) continue;
    seen.add(value);
    stack.push(...operandsOf(value));
  }
  return seen;
};
