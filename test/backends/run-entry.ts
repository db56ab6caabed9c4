// Runs an entry of an emitted program on given arrays, beside the interpreter, and compares what comes out.

import { noDevice } from "../../runtime/hosts/typescript.ts";
import { expect } from "vitest";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Entry, EntryInput, EntryOutput, Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { LowerOptions } from "../../compiler/lower/lower.ts";
import { layOut } from "../../compiler/lower/plan.ts";
import type { Plan } from "../../compiler/lower/plan.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import type { EntryProgram, ModelProgram, TrainProgram } from "../../runtime/abi.ts";

export type Sizes = Readonly<Record<string, number>>;

/** A graph as a module: `%` inputs are data, `@` inputs are stored, outputs are results unless said otherwise. */
export const moduleOf = (
  graph: Graph,
  outputs: readonly EntryOutput[] = graph.outputs.map((_, k) => ({
    kind: "result",
    name: `y${k}`,
  })),
): Module => {
  const inputs = graph.inputs.map((value): EntryInput => {
    if (value.def.kind !== "input") throw new Error("not an input");
    const { name, sigil } = value.def;
    if (sigil === "@") return { kind: "stored", path: name };
    return { kind: "data", name, range: null, span: null };
  });
  const entry: Entry = { name: "forward", graph, inputs, outputs, checks: [] };
  const stored = graph.inputs.flatMap((value) =>
    value.def.kind === "input" && value.def.sigil === "@"
      ? [
          {
            path: value.def.name,
            storage: "param" as const,
            type: value.type,
            init: { kind: "constant" as const, value: 0 },
            stream: value.def.name,
            span: null,
          },
        ]
      : [],
  );
  const model = { name: "Model", doc: "", forward: "forward", prefix: "" };
  const { sizes } = graph;
  const precision = "f32";
  return { name: "Model", sizes, stored, entries: [entry], model, train: null, precision };
};

export type Ran = {
  /** Values of every graph output, read back from wherever it went. */
  readonly outputs: readonly Tensor[];
  readonly heap: Float32Array;
};

/** How memory is laid out, and what it holds before the first run. */
export type Memory = {
  /** No two slots share memory. */
  readonly apart?: boolean;
  /** Bits of every word; NaN unless told. */
  readonly fill?: number;
  /** Runs in a row, each on the given inputs and the memory that the one before left. */
  readonly times?: number;
};

/** Runs an entry: `inputs` in the order of the graph's. */
export const runProgram = (
  plan: Plan,
  program: EntryProgram,
  inputs: readonly Tensor[],
  sizes: Sizes,
  { apart = false, fill = 0x7fc00000, times = 1 }: Memory = {},
): Ran => {
  const entryPlan = plan.entries.find((e) => e.entry.name === program.name)!;
  const { entry } = entryPlan;
  const values = program.sizes.map((name) => sizes[name]!);
  const { offsets, end } = apart
    ? layOut(entryPlan, new Map(Object.entries(sizes)), true)
    : program.layout(values);
  const bytes = new ArrayBuffer(4 * end);
  const f32 = new Float32Array(bytes);
  const i32 = new Int32Array(bytes).fill(fill);
  const places = new Map(plan.stored.map((s) => [s.tensor.path, s.offset]));
  const put = (at: number, { dtype, data }: Tensor): void =>
    (dtype === "f32" ? f32 : i32).set(data, at);
  const get = (at: number, like: Tensor["dtype"], shape: readonly number[]): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return tensor(like, shape, (like === "f32" ? f32 : i32).subarray(at, at + count));
  };
  for (let run = 0; run < times; run++) {
    entry.inputs.forEach((input, k) => {
      if (input.kind === "stored") return put(places.get(input.path)!, inputs[k]!);
      const slot = entryPlan.inputSlots[k]!;
      if (slot !== null) put(offsets[slot]!, inputs[k]!);
    });
    if (program.status !== null) i32[offsets[program.status.slot]!] = 0;
    program.run({ f32, i32 }, offsets, values, noDevice);
  }
  const env = new Map(Object.entries(sizes));
  const outputs = entry.graph.outputs.map((value, k) => {
    const target = entry.outputs[k]!;
    const shape = value.type.shape.map((d) => evaluateDim(d, env));
    const at =
      target.kind === "store" ? places.get(target.path)! : offsets[entryPlan.outputSlots[k]!]!;
    return get(at, value.type.dtype, shape);
  });
  return { outputs, heap: f32 };
};

/** Every element within `tolerance`, relative above 1; equal non-finite values. */
export const expectClose = (got: Tensor, want: Tensor, tolerance: number, what: string): void => {
  expect(got.shape, what).toEqual(want.shape);
  const worst = { error: 0, text: "" };
  want.data.forEach((expected, k) => {
    const value = got.data[k]!;
    const rounded = want.dtype === "f32" ? Math.fround(expected) : expected;
    if (Object.is(value, rounded) || value === rounded) return;
    const difference = Math.abs(value - expected) / Math.max(1, Math.abs(expected));
    const error = Number.isNaN(difference) ? Infinity : difference;
    if (error > worst.error)
      Object.assign(worst, { error, text: `${what}[${k}]: ${value}, not ${expected}` });
  });
  expect(worst.error, worst.text).toBeLessThanOrEqual(tolerance);
};

/** Entries of a program by the name they have in the plan. */
export const programsOf = (program: ModelProgram | TrainProgram): readonly EntryProgram[] => [
  ...(program.prepare ? [program.prepare] : []),
  ...("forward" in program
    ? [program.forward]
    : [
        ...program.steps.flatMap((step) => [step.entry, ...(step.partial ? [step.partial] : [])]),
        program.evaluate,
        ...program.nets.map((net) => net.forward),
      ]),
];

/** Lowers, emits and runs a module's entries, and compares each output with the interpreter's, and layouts bit by bit. */
export const expectSame = async (
  module: Module,
  inputsOf: readonly Tensor[] | ((entry: Entry) => readonly Tensor[]),
  sizes: Sizes = {},
  tolerance = 1e-5,
  options: LowerOptions = {},
): Promise<Plan> => {
  const plan = lower(module, options);
  const emitted = await instantiatePlan(plan);
  for (const program of programsOf(emitted)) {
    const entry = module.entries.find((e) => e.name === program.name)!;
    const inputs = typeof inputsOf === "function" ? inputsOf(entry) : inputsOf;
    const want = interpretGraph(entry.graph, inputs, new Map(Object.entries(sizes)));
    const { outputs } = runProgram(plan, program, inputs, sizes);
    outputs.forEach((got, k) => {
      expectClose(got, want[k]!, tolerance, `${entry.name}, output ${k}`);
    });
    const apart = runProgram(plan, program, inputs, sizes, { apart: true, fill: 0x4e6e6b28 });
    expect(outputs.map((o) => [...o.data])).toEqual(apart.outputs.map((o) => [...o.data]));
  }
  return plan;
};
