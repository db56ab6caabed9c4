// The passes over graphs, in the order they run: what each takes and what it leaves.

import type { Graph } from "../ir/graph.ts";
import { sumAfterLoops } from "./accumulators.ts";
import { shareCommonOps } from "./cse.ts";
import { removeDeadCode } from "./dead-code.ts";
import { differentiate } from "./differentiate.ts";
import { distribute } from "./distribute.ts";
import { hoist } from "./hoist.ts";
import { keepLess } from "./keep-less.ts";
import type { Keeping } from "./keep-less.ts";
import { inBodies } from "./rebuild.ts";
import { mergeScans, trimScans } from "./scans.ts";
import { simplify } from "./simplify.ts";
import { sink } from "./sink.ts";

/** One step; `name` is what `--after=` takes. */
export type GraphPass = {
  readonly name: string;
  /** What holds of the graph afterwards. */
  readonly leaves: string;
  /** `around`: the graph of the entry, for the body of a scan. */
  readonly run: (graph: Graph, around?: Graph) => Graph;
};

export const graphPasses: readonly GraphPass[] = [
  {
    name: "simplify",
    leaves: "no rule of simplify fits; sums of products are contractions",
    run: simplify,
  },
  { name: "cse", leaves: "no two ops are equal", run: shareCommonOps },
  { name: "dead-code", leaves: "every op reaches an output", run: removeDeadCode },
  { name: "sum-after-loops", leaves: "no scan carries what it only adds to", run: sumAfterLoops },
  {
    name: "distribute",
    leaves: "carries of a scan need each other, or not enough to split it",
    run: (graph) => distribute(graph),
  },
  { name: "hoist", leaves: "no scan makes a product that needs no carry", run: hoist },
  { name: "sink", leaves: "no scan makes a product that no carry needs", run: sink },
  { name: "differentiate", leaves: "no grad marker", run: differentiate },
  { name: "merge-scans", leaves: "no two scans compute the same steps", run: mergeScans },
  { name: "trim-scans", leaves: "what a scan takes and gives is needed", run: trimScans },
  { name: "hoist-gradients", leaves: "as hoist", run: hoist },
  { name: "sink-gradients", leaves: "as sink", run: sink },
  { name: "simplify-gradients", leaves: "as simplify, and no stopGradient", run: simplify },
  { name: "cse-gradients", leaves: "as cse", run: shareCommonOps },
  { name: "dead-code-gradients", leaves: "as dead-code", run: removeDeadCode },
];

/** A pass over a graph, then over the bodies of its scans. */
const everywhere = (pass: GraphPass, graph: Graph): Graph =>
  inBodies(pass.run(graph), (body) => pass.run(body, graph));

/**
 * Runs every pass, or those up to and including `after`. `keeping`: less than all that is slow to compute again is kept
 * for the gradients of scans.
 */
export const runGraphPasses = (
  graph: Graph,
  after: string | null = null,
  keeping: Keeping | null = null,
): Graph => {
  const last = graphPasses.findIndex((pass) => pass.name === after);
  const passes = last < 0 ? graphPasses : graphPasses.slice(0, last + 1);
  return passes.reduce((current, pass) => {
    const isNext = pass.name === "differentiate" && keeping !== null;
    return everywhere(pass, isNext ? keepLess(current, keeping) : current);
  }, graph);
};
