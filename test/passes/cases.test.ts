// Every folder under test/cases/passes/<pass>/ holds a graph before and after that pass.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { parseGraph } from "../../compiler/ir/graph-parse.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/text.ts";
import { verifyGraph } from "../../compiler/ir/verify.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { verifyOps } from "../../compiler/ops/verify.ts";
import { sumAfterLoops } from "../../compiler/passes/accumulators.ts";
import { shareCommonOps } from "../../compiler/passes/cse.ts";
import { removeDeadCode } from "../../compiler/passes/dead-code.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { distribute } from "../../compiler/passes/distribute.ts";
import { hoist } from "../../compiler/passes/hoist.ts";
import { runGraphPasses } from "../../compiler/passes/index.ts";
import { foldWeights } from "../../compiler/passes/prepare/fold.ts";
import { layOutWeights } from "../../compiler/passes/prepare/lay-out.ts";
import { simplify } from "../../compiler/passes/simplify.ts";
import { sink } from "../../compiler/passes/sink.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";

const root = fileURLToPath(new URL("../cases/passes", import.meta.url));
const runs: Readonly<Record<string, (graph: Graph) => Graph>> = {
  simplify,
  cse: shareCommonOps,
  "dead-code": removeDeadCode,
  differentiate,
  "sum-after-loops": sumAfterLoops,
  distribute: (graph) => distribute(graph),
  hoist,
  sink,
  "fold-weights": foldWeights,
  "lay-out-weights": layOutWeights,
  /** All of them, as the compiler runs them. */
  all: (graph) => runGraphPasses(graph),
};
/** Different and not powers of two, so that no swap of axes goes unseen. */
const sizes = new Map([
  ["B", 3],
  ["T", 5],
  ["N", 7],
]);

const numbersOf = (graph: Graph): readonly (readonly number[])[] => {
  const next = createStream(11);
  const inputs = graph.inputs.map((input) => {
    const shape = input.type.shape.map((dim) => evaluateDim(dim, sizes));
    const { dtype } = input.type;
    return drawTensor({ shape, dtype, range: dtype === "i32" ? [-1, 4] : [0.5, 2] }, next);
  });
  return interpretGraph(graph, inputs, sizes).map((tensor) => [...tensor.data]);
};

for (const [pass, run] of Object.entries(runs)) {
  const folder = join(root, pass);
  describe.skipIf(!existsSync(folder))(pass, () => {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      test(name, async () => {
        const before = parseGraph(readFileSync(join(folder, name, "input.ir"), "utf8"));
        verifyGraph(before);
        verifyOps(before);
        const after = run(before);
        verifyGraph(after, pass);
        verifyOps(after);
        // A gradient marker has no numbers; its meaning is tested by finite differences.
        if (before.ops.every((op) => op.name !== "grad")) {
          const [got, want] = [numbersOf(after), numbersOf(before)];
          got.forEach((values, i) => {
            expect(values.length).toBe(want[i]!.length);
            values.forEach((value, e) => expect(value).toBeCloseTo(want[i]![e]!, 10));
          });
        }
        await expect(printGraph(after)).toMatchFileSnapshot(join(folder, name, "expected.ir"));
      });
    }
  });
}
