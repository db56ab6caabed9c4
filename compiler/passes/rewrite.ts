// Applies rules, rows of pattern and replacement, to a graph until none fits any more.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Attrs, Graph, Op, Value } from "../ir/graph.ts";
import type { GraphBuilder } from "../ops/builder.ts";
import type { Builder } from "../ops/define.ts";
import type { OpName } from "../ops/index.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { underMask } from "../ops/mask.ts";
import { rebuild } from "./rebuild.ts";

/** Builds replacements, themselves rewritten as they are built; and looks at what operands are made of. */
export type Rewriter = Builder & {
  /** The op that makes a value, if it has that name. Not for values that a `grad` marker differentiates by. */
  readonly opOf: (value: Value, name: OpName) => Op | null;
  /** How many ops and outputs use a value; 1 for one made by a rule. */
  readonly uses: (value: Value) => number;
  /** Whether gradients are still to be taken in this graph. */
  readonly hasMarkers: boolean;
};

export type Row = {
  /** The algebra: `x + 0 -> x`. */
  readonly rule: string;
  /** Names of the ops at the root of the pattern. */
  readonly roots: readonly OpName[];
  /** The replacement of `name(operands) {attrs}`, or null where the row does not fit. */
  readonly apply: (
    r: Rewriter,
    operands: readonly Value[],
    attrs: Attrs,
    name: OpName,
  ) => Value | null;
};

const maxRounds = 12;
/** Replacements build replacements; deeper than this, two rules undo each other. */
const maxDepth = 200;

/**
 * Rewrites to a fixed point; rounds are linear in the graph, and few. `hasMarkers`: whether gradients are still to be
 * taken in the graph, or in the one around it.
 */
export const rewrite = (
  graph: Graph,
  rows: readonly Row[],
  hasMarkers: boolean = holdsMarkers(graph),
): Graph => {
  const byRoot = new Map<string, readonly Row[]>();
  for (const row of rows) {
    for (const root of row.roots) byRoot.set(root, [...(byRoot.get(root) ?? []), row]);
  }
  let current = graph;
  for (let round = 0; round < maxRounds; round++) {
    const next = rewriteOnce(current, byRoot, hasMarkers);
    if (!next.changed) return next.graph;
    current = next.graph;
  }
  return current;
};

export const holdsMarkers = (graph: Graph): boolean => graph.ops.some((op) => op.name === "grad");

const countUses = (graph: Graph): ReadonlyMap<Value, number> => {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const op of graph.ops) new Set(op.operands).forEach(count);
  graph.outputs.forEach(count);
  return uses;
};

const rewriteOnce = (
  graph: Graph,
  byRoot: ReadonlyMap<string, readonly Row[]>,
  hasMarkers: boolean,
): { readonly graph: Graph; readonly changed: boolean } => {
  const markers = graph.ops.filter((op) => op.name === "grad");
  const keep = new Set(markers.map((marker) => marker.operands[1]!));
  const usesBefore = countUses(graph);
  const uses = new Map<Value, number>();
  const kept = new Set<Value>();
  let changed = false;
  let rewriter: Rewriter | null = null;

  const create = (b: GraphBuilder): Rewriter => {
    let depth = 0;
    const op = (name: OpName, operands: readonly Value[], attrs: Attrs = {}): Value => {
      if (++depth > maxDepth) throw new CompilerBug(`rules for ${name} do not come to an end`);
      try {
        for (const row of byRoot.get(name) ?? []) {
          const found = row.apply(self, operands, attrs, name);
          if (found === null) continue;
          changed = true;
          return found;
        }
        return b.op(name, operands, attrs);
      } finally {
        depth--;
      }
    };
    const self: Rewriter = {
      op,
      constant: b.constant,
      size: b.size,
      at: b.at,
      scaleCt: (ct, factor) => underMask(self, ct, (live) => [op("mul", [live, factor])])[0]!,
      opOf: (value, name) =>
        value.def.kind === "result" && value.def.op.name === name && !kept.has(value)
          ? value.def.op
          : null,
      uses: (value) => uses.get(value) ?? 1,
      hasMarkers,
    };
    return self;
  };

  const result = rebuild(graph, ({ b }, old, operands) => {
    rewriter ??= create(b);
    const before = old.results[0]!;
    const name = opNameOf(old);
    const isKept = keep.has(before);
    const value = isKept ? b.op(name, operands, old.attrs) : rewriter.op(name, operands, old.attrs);
    if (isKept) kept.add(value);
    uses.set(value, (uses.get(value) ?? 0) + (usesBefore.get(before) ?? 0));
    return value;
  });
  return { graph: result, changed };
};
