// Rewrites a graph by exact algebra: constants, views, sums of products into contractions.

import type { Graph } from "../ir/graph.ts";
import { holdsMarkers, rewrite } from "./rewrite.ts";
import type { Row } from "./rewrite.ts";
import { constantRows } from "./rows/constants.ts";
import { contractRows } from "./rows/contract.ts";
import { foldRows } from "./rows/fold-contract.ts";
import { oneHotRows } from "./rows/one-hot.ts";
import { reduceRows } from "./rows/reduce.ts";
import { scalarRows } from "./rows/scalar.ts";
import { sliceRows } from "./rows/slices.ts";
import { unitRows } from "./rows/units.ts";
import { viewRows } from "./rows/views.ts";
import { windowRows } from "./rows/windows.ts";

/** Every rule; of two that fit the earlier one is taken. */
export const simplifyRows: readonly Row[] = [
  ...scalarRows,
  ...constantRows,
  ...viewRows,
  ...windowRows,
  ...unitRows,
  ...sliceRows,
  ...reduceRows,
  ...oneHotRows,
  ...contractRows,
  ...foldRows,
];

/** `around`: the graph that holds it in a scan, if that is not itself. */
export const simplify = (graph: Graph, around: Graph = graph): Graph =>
  rewrite(graph, simplifyRows, holdsMarkers(graph) || holdsMarkers(around));
