// Generated programs on WebGPU, in memory full of NaN, beside the interpreter.

import type { Backend } from "../../compiler/backends/backend.ts";
import type { Team } from "../../compiler/backends/wgsl/combine-lanes.ts";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { createWebgpuBackend } from "../../compiler/backends/wgsl/index.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { smallTile } from "../backends/wgsl/contractions.ts";
import type { DeviceOptions } from "../../runtime/host.ts";
import type { Verdict } from "./compare.ts";
import { differenceOf } from "./compare.ts";
import { forwardOf, toleranceOf } from "./forward.ts";
import { fullOfNaN } from "./full-of-nan.ts";
import { interpretNearby } from "./nearby.ts";
import { emitterOn } from "./on-device.ts";
import type { Program } from "./program.ts";
import { createChoices } from "./random.ts";
import { elaborated, emittedVerdict } from "./run.ts";

const teams: readonly Team[] = [
  { elements: 2, lanes: 4, isAlong: true },
  { elements: 1, lanes: 32, isAlong: true },
  { elements: 4, lanes: 8, isAlong: false },
];

/**
 * In each third program contractions are in tiles, in each third one lanes share what they can, whatever that costs. Most
 * of the time goes into compiling tiles.
 */
const backendFor = ({ seed }: Program): Backend => {
  const way = (seed >> 3) % 3;
  return createWebgpuBackend({
    tileOf: () => (way === 0 ? smallTile : null),
    ...(way === 1 ? { teamOf: () => teams[(seed >> 5) % teams.length]! } : {}),
  });
};

const timesMoved = 6;

/** Whether values move by more than the tolerance when operands are moved by one rounding. */
const isUnsteady = (program: Program, module: Module): boolean => {
  const { graph, inputs, names, sizes } = forwardOf(program, module);
  const env = new Map(Object.entries(sizes));
  const truth = interpretGraph(graph, inputs, env);
  const choices = createChoices(program.seed);
  return Array.from({ length: timesMoved }).some(() =>
    interpretNearby(graph, inputs, env, choices).some(
      ({ data }, k) => differenceOf("", truth[k]!.data, data, toleranceOf(names[k]!)) !== null,
    ),
  );
};

/** `unsteady` hears of what differs and says nothing. */
export const checkOn =
  (gpu: GPU, unsteady: (verdict: string) => void) =>
  async (program: Program): Promise<Verdict> => {
    const module = elaborated(program);
    if (typeof module === "string") return module;
    const { emit, close } = emitterOn(backendFor(program), { gpu: fullOfNaN(gpu) });
    const verdict = await emittedVerdict(program, module, emit).finally(close);
    return unlessUnsteady(program, module, verdict, unsteady);
  };

/** As WebAssembly, in memory that is full of NaN before each run. */
export const checkWasm =
  (unsteady: (verdict: string) => void, backend = wasmBackend, device: DeviceOptions = {}) =>
  async (program: Program): Promise<Verdict> => {
    const module = elaborated(program);
    if (typeof module === "string") return module;
    const { emit, close } = emitterOn(backend, device);
    const verdict = await emittedVerdict(program, module, emit).finally(close);
    return unlessUnsteady(program, module, verdict, unsteady);
  };

const unlessUnsteady = (
  program: Program,
  module: Module,
  verdict: Verdict,
  unsteady: (verdict: string) => void,
): Verdict => {
  if (verdict?.startsWith("emitted: ") !== true || !isUnsteady(program, module)) return verdict;
  unsteady(`seed ${program.seed}: ${verdict}`);
  return null;
};
