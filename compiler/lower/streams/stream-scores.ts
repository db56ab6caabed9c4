// Lets attention be computed row by row: scores and all that has their shape are made again by each kernel that needs them.

import type { Graph, Op, SizeDecl, Value } from "../../ir/graph.ts";
import { elementCount } from "../../ir/type.ts";
import { textAttr } from "../../ops/attrs.ts";
import { leftLetters, parseSpec } from "../../ops/contract-spec.ts";
import { opNameOf } from "../../ops/to-kernel.ts";
import { rebuild } from "../../passes/rebuild.ts";
import { attentionsIn } from "../../recognise/attention.ts";
import type { Attention } from "../../recognise/attention.ts";
import { usesOf } from "../../recognise/finding.ts";
import type { Uses } from "../../recognise/finding.ts";
import { estimateDim } from "../estimate.ts";
import { nameOf } from "../fuse.ts";
import { labelScores } from "./label-scores.ts";
import type { Labelled, Labels, Side } from "./label-scores.ts";
import type { Stream } from "./stream.ts";

export type Streamed = {
  readonly graph: Graph;
  readonly streams: readonly Stream[];
  readonly notes: readonly string[];
};

/** One kernel of an attention before the graph is rebuilt. */
type Part = {
  readonly labels: Labels;
  readonly side: Side;
  /** Numbers and sums that it makes. */
  readonly ends: ReadonlySet<Value>;
  /** Scores that it makes. */
  readonly scores: ReadonlySet<Value>;
};

/** `fewest`: how many scores an attention must have. */
export const streamScores = (graph: Graph, fewest: number): Streamed => {
  const uses = usesOf(graph.ops);
  const orderOf = new Map(graph.ops.map((op, k) => [op, k] as const));
  const outputs = new Set(graph.outputs);
  const notes: string[] = [];
  const parts = attentionsIn(uses).flatMap((one): readonly Part[] => {
    if (!("scores" in one) || !isLarge(one.scores, graph.sizes, fewest)) return [];
    const labels = labelScores(one.scores, uses, orderOf);
    const why = typeof labels === "string" ? labels : whyNot(labels, outputs);
    const name = nameOf(one.sum.results[0]!);
    if (why !== null || typeof labels === "string") {
      notes.push(`store the scores of ${name}: ${String(why)}`);
      return [];
    }
    const found = partsOf(one, labels);
    if (!found.every((part) => isConvex(part, uses, orderOf))) {
      notes.push(`store the scores of ${name}: what is made of them goes into them again`);
      return [];
    }
    notes.push(`stream the scores of ${name}: ${found.length} kernels make them row by row`);
    return found;
  });
  return parts.length === 0 ? { graph, streams: [], notes } : { ...split(graph, parts), notes };
};

/** Whether scores are worth a kernel of rows: with one query there is nothing to make again. */
const isLarge = (scores: Op, sizes: readonly SizeDecl[], fewest: number): boolean => {
  const { type } = scores.results[0]!;
  const { out, ...spec } = parseSpec(textAttr(scores.attrs, "spec"));
  const queries = leftLetters({ out, ...spec }).filter((l) => type.shape[out.indexOf(l)] !== 1);
  return queries.length > 0 && estimateDim(sizes)(elementCount(type)) >= fewest;
};

const whyNot = ({ values }: Labels, outputs: ReadonlySet<Value>): string | null =>
  [...values].some(([value, { kind }]) => kind === "score" && outputs.has(value))
    ? "they are asked for"
    : null;

/** The forward kernel, that for the gradients of queries, and that for those of keys and values. */
const partsOf = ({ sum }: Attention, labels: Labels): readonly Part[] => {
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

/** Whether nothing that is made of its sums and numbers outside goes into it, so that it can be one kernel. */
const isConvex = (
  { labels, ends, scores }: Part,
  { usersOf }: Uses,
  orderOf: ReadonlyMap<Op, number>,
): boolean => {
  const positionOf = ({ def }: Value): number =>
    def.kind === "result" ? orderOf.get(def.op)! : -1;
  const last = Math.max(...[...ends].map(positionOf));
  const isOwn = (op: Op): boolean =>
    op.results.some((value) => ends.has(value) || scores.has(value));
  const outside = [...ends].flatMap(usersOf).filter((op) => !isOwn(op) && !repeats(op, labels));
  const seen = new Set(outside);
  for (const op of seen) {
    if (isOwn(op)) return false;
    if (orderOf.get(op)! >= last) continue;
    for (const next of op.results.flatMap(usersOf)) seen.add(next);
  }
  return true;
};

/** Whether an op only repeats a number for the scores of its row. */
const repeats = (op: Op, { values }: Labels): boolean =>
  op.name === "broadcast" && isScore(op.results[0]!, values);

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

/** Every part gets scores of its own, the first of an attention those of the graph. */
const split = (graph: Graph, parts: readonly Part[]): Omit<Streamed, "notes"> => {
  const members = parts.map(() => new Map<Value, Labelled>());
  const copies = parts.map(() => new Map<Value, Value>());
  const makers = new Map<Value, number[]>();
  const enders = new Map<Value, number>();
  parts.forEach(({ scores, ends }, k) => {
    for (const value of scores) makers.set(value, [...(makers.get(value) ?? []), k]);
    for (const value of ends) enders.set(value, k);
  });
  const made = rebuild(graph, ({ b, at }, op, operands) => {
    const [old] = op.results;
    const build = (part: number | null, attrs = op.attrs): Value =>
      b.op(
        opNameOf(op),
        op.operands.map((value, i) =>
          part === null ? operands[i]! : (copies[part]!.get(value) ?? at(value)),
        ),
        attrs,
      );
    for (const part of makers.get(old!) ?? []) {
      const copy = build(part, { ...op.attrs, part });
      if (old!.hint !== null) b.name(copy, old!.hint);
      copies[part]!.set(old!, copy);
      members[part]!.set(copy, parts[part]!.labels.values.get(old!)!);
    }
    const end = enders.get(old!);
    const value =
      op.results.length === 1 ? build(end ?? null) : b.op(opNameOf(op), operands, op.attrs);
    if (end !== undefined) members[end]!.set(value, parts[end]!.labels.values.get(old!)!);
    return value;
  });
  const streams = parts.map((part, k) => streamOf(part, members[k]!));
  return { graph: made, streams };
};

const streamOf = ({ labels, side }: Part, members: ReadonlyMap<Value, Labelled>): Stream => ({
  members: new Set(members.keys()),
  sums: [...members].filter(([, { kind }]) => kind === "sum").map(([value]) => value),
  rowAxesOf: (member) => {
    const { letters } = members.get(member)!;
    const long = letters.filter((_, axis) => member.type.shape[axis] !== 1);
    return labels.rows[side].flatMap((letter) => {
      const axis = long.indexOf(letter);
      return axis < 0 ? [] : [axis];
    });
  },
});
