// Lets attention be computed row by row: scores and all that has their shape are made again by each kernel that needs them.

import type { Graph, Op, SizeDecl, Value } from "../../ir/graph.ts";
import { elementCount } from "../../ir/type.ts";
import { textAttr } from "../../ops/attrs.ts";
import { leftLetters, parseSpec } from "../../ops/contract-spec.ts";
import { opNameOf } from "../../ops/to-kernel.ts";
import { rebuild } from "../../passes/rebuild.ts";
import { attentionsIn } from "../../recognise/attention.ts";
import { usesOf } from "../../recognise/finding.ts";
import { estimateDim } from "../../ir/estimate.ts";
import { nameOf } from "../value-name.ts";
import { labelScores } from "./label-scores.ts";
import type { Labelled, Labels } from "./label-scores.ts";
import { partsOf } from "./parts.ts";
import type { Part } from "./parts.ts";
import { loopingIn } from "./stream.ts";
import type { Stream } from "./stream.ts";

export type Streamed = {
  readonly graph: Graph;
  readonly streams: readonly Stream[];
  readonly notes: readonly string[];
};

/** An attention that may be made row by row. */
type Candidate = { readonly name: string; readonly parts: readonly Part[] };

/** `fewest`: how many scores an attention must have. */
export const streamScores = (graph: Graph, fewest: number): Streamed => {
  const uses = usesOf(graph.ops);
  const orderOf = positionsIn(graph);
  const outputs = new Set(graph.outputs);
  const notes: string[] = [];
  const candidates = attentionsIn(uses).flatMap((one): readonly Candidate[] => {
    if (!("scores" in one) || !isLarge(one.scores, graph.sizes, fewest)) return [];
    const labels = labelScores(one.scores, uses, orderOf);
    const name = nameOf(one.sum.results[0]!);
    const why = typeof labels === "string" ? labels : whyNot(labels, outputs);
    if (typeof labels !== "string" && why === null) return [{ name, parts: partsOf(one, labels) }];
    notes.push(`store the scores of ${name}: ${String(why)}`);
    return [];
  });
  return splitConvex(graph, candidates, notes);
};

const positionsIn = ({ ops }: Graph): ReadonlyMap<Op, number> =>
  new Map(ops.map((op, k) => [op, k] as const));

/** Copies scores for all candidates but those that cannot be one kernel for each part. */
const splitConvex = (
  graph: Graph,
  candidates: readonly Candidate[],
  notes: readonly string[],
): Streamed => {
  if (candidates.length === 0) return { graph, streams: [], notes };
  const made = split(
    graph,
    candidates.flatMap(({ parts }) => parts),
  );
  const wrong = new Set(loopingIn(made.streams, usesOf(made.graph.ops), positionsIn(made.graph)));
  let first = 0;
  const [kept, left]: [Candidate[], Candidate[]] = [[], []];
  for (const candidate of candidates) {
    const own = made.streams.slice(first, (first += candidate.parts.length));
    (own.some((stream) => wrong.has(stream)) ? left : kept).push(candidate);
  }
  const why = left.map(({ name }) => `store the scores of ${name}: they would need themselves`);
  if (left.length > 0) return splitConvex(graph, kept, [...notes, ...why]);
  const done = kept.map(
    ({ name, parts }) =>
      `stream the scores of ${name}: ${parts.length} kernels make them row by row`,
  );
  return { ...made, notes: [...notes, ...done] };
};

/** Whether scores are worth a kernel of rows: with one query there is nothing to make again. */
const isLarge = (scores: Op, sizes: readonly SizeDecl[], fewest: number): boolean => {
  const { type } = scores.results[0]!;
  const spec = parseSpec(textAttr(scores.attrs, "spec"));
  const queries = leftLetters(spec).filter((l) => type.shape[spec.out.indexOf(l)] !== 1);
  return queries.length > 0 && estimateDim(sizes)(elementCount(type)) >= fewest;
};

const whyNot = ({ values }: Labels, outputs: ReadonlySet<Value>): string | null =>
  [...values].some(([value, { kind }]) => kind === "score" && outputs.has(value))
    ? "they are asked for"
    : null;

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
