// How compile time grows with depth: a training recipe of stacked transformer blocks, from text to a formatted module,
// phase by phase. Rounds go through all depths in turn, so that all see the same machine; medians of processor time, warm.
// `npx tsx test/bench/depth.ts [rounds [depth …]]`, after `npm run build`.
//
// 12 blocks: 8107 ops, 867 dispatches, 84 kernels. 96: 61951 ops, 6747 dispatches, the same 84 kernels, and 23 kB of
// text more per block. In one round on a shared machine 96 took half as long per op as 12, which also bore the warming
// up; several rounds there are too noisy to state. `test/depth` counts the work instead, which is the same every time.

import { emitFile } from "../../dist/compiler/backends/module.js";
import { createPlaces } from "../../dist/compiler/backends/places.js";
import { programText } from "../../dist/compiler/backends/program-text.js";
import { typescriptBackend } from "../../dist/compiler/backends/typescript/index.js";
import { createPrelude, elaborate } from "../../dist/compiler/frontend/index.js";
import type { Module } from "../../dist/compiler/ir/module.js";
import { lower } from "../../dist/compiler/lower/lower.js";
import { runGraphPasses } from "../../dist/compiler/passes/index.js";
import { addSteps } from "../../dist/compiler/passes/step/index.js";
import { compile, optimise } from "../../dist/compiler/pipeline.js";
import { stackedBlocks } from "../depth/stacked-blocks.ts";

const [rounds = 5, ...asked] = process.argv.slice(2).map(Number);
const depths = asked.length > 0 ? asked : [12, 24, 48, 96];
const prelude = createPrelude();

type Sample = ReadonlyMap<string, number>;

const stepped = (module: Module): Module => {
  const known = new Set(module.entries);
  const { entries, ...rest } = addSteps(module);
  const passed = entries.map((entry) =>
    known.has(entry) ? entry : { ...entry, graph: runGraphPasses(entry.graph) },
  );
  return { ...rest, entries: passed };
};

/** Milliseconds of every phase, and what came out. */
const measure = async (depth: number): Promise<Sample> => {
  const options = { ...stackedBlocks(depth), prelude };
  const places = createPlaces(options.read);
  const sample = new Map<string, number>();
  const timed = async <T>(phase: string, run: () => T | Promise<T>): Promise<T> => {
    const start = process.cpuUsage();
    const result = await run();
    const { user, system } = process.cpuUsage(start);
    sample.set(phase, (user + system) / 1000);
    return result;
  };
  const { modules } = await timed("front end", () => elaborate(options));
  const passed = await timed("passes", () =>
    modules.map((module) => optimise(module, null, null, false)),
  );
  const all = await timed("steps", () => passed.map(stepped));
  const plans = await timed("lower", () => all.map(lower));
  await timed("emit", () => plans.map((plan) => programText(plan, typescriptBackend, places)));
  const emitted = await timed("whole", () => emitFile(compile(options)));
  const apart = ["front end", "passes", "steps", "lower", "emit"];
  const rest = apart.reduce((left, phase) => left - sample.get(phase)!, sample.get("whole")!);
  sample.set("format", rest);
  const sum = (of: (plan: (typeof plans)[number]) => number): number =>
    plans.reduce((total, plan) => total + of(plan), 0);
  const entries = all.flatMap((module) => module.entries);
  sample.set(
    "ops",
    entries.reduce((total, { graph }) => total + graph.ops.length, 0),
  );
  sample.set(
    "dispatches",
    sum((plan) => plan.entries.reduce((n, e) => n + e.dispatches.length, 0)),
  );
  sample.set(
    "kernels",
    sum((plan) => plan.kernels.length),
  );
  sample.set("bytes", emitted.length);
  return sample;
};

const samples = new Map<number, Sample[]>(depths.map((depth) => [depth, []]));
await measure(3);
for (let round = 0; round < rounds; round++)
  for (const depth of depths) samples.get(depth)!.push(await measure(depth));

const median = (depth: number, name: string): number =>
  samples
    .get(depth)!
    .map((sample) => sample.get(name)!)
    .sort((a, b) => a - b)[rounds >> 1]!;

const line = (name: string, cells: readonly string[]): void =>
  console.log(name.padEnd(28) + cells.map((cell) => cell.padStart(10)).join(""));
line("blocks", depths.map(String));
const counts = ["ops", "dispatches", "kernels", "bytes"];
for (const name of counts)
  line(
    name,
    depths.map((depth) => String(median(depth, name))),
  );
const phases = ["front end", "passes", "steps", "lower", "emit", "format", "whole"];
for (const name of phases)
  line(
    `${name}, ms`,
    depths.map((depth) => median(depth, name).toFixed(0)),
  );
const perOp = (depth: number, name: string): number =>
  (1000 * median(depth, name)) / median(depth, "ops");
for (const name of phases)
  line(
    `${name}, µs per op`,
    depths.map((depth) => perOp(depth, name).toFixed(1)),
  );
const growth = perOp(depths.at(-1)!, "whole") / perOp(depths[0]!, "whole");
line(`µs per op, last / first`, [growth.toFixed(2)]);
