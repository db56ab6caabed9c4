// Leaves out ops that no output depends on.

import type { Graph } from "../ir/graph.ts";
import { rebuild, sameOp } from "./rebuild.ts";

export const removeDeadCode = (graph: Graph): Graph => rebuild(graph, sameOp);
