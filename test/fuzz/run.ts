// Runs one generated program in every way there is and says where two of them part.

import { instantiate } from "../../compiler/backends/instantiate.ts";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import type { Entry, Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { interpretGraph } from "../../compiler/ops/interpret.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { distribute } from "../../compiler/passes/distribute.ts";
import { graphPasses, runGraphPasses } from "../../compiler/passes/index.ts";
import { removeDeadCode } from "../../compiler/passes/dead-code.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { initialise } from "../../runtime/init.ts";
import { Model } from "../../runtime/model.ts";
import { programText } from "./program.ts";
import type { Program } from "./program.ts";
import { createChoices } from "./random.ts";
import { storeInputs } from "./store-inputs.ts";

/** The size that `B` is bound to: less and more than a tile, and with nothing left over. */
const batchOf = ({ seed }: Program): number => [6, 1, 4, 7][(seed >> 1) % 4]!;

/** |a - b| <= tolerance * (1 + largest magnitude of the tensor). */
const tolerances = { pass: 1e-9, forward: 1e-5, gradient: 1e-4, slope: 1e-6 };

/** Null when everything agrees, else what disagrees. */
export type Verdict = string | null;

const prelude = createPrelude();

/** Half of the programs know `B` when they are compiled: other loops, tiles and memory plans. */
const isFixed = ({ seed }: Program): boolean => seed % 2 === 1;

const elaborated = (program: Program): Module | string => {
  const text = programText(program);
  const specialize = isFixed(program) ? { B: batchOf(program) } : {};
  const read = (path: string): string | null => (path === "fuzz.dlm" ? text : null);
  const { modules, diagnostics } = elaborate({
    entry: "fuzz.dlm",
    read,
    prelude,
    specialize,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    return `refused: ${errors.map(({ code, message }) => `${code} ${message}`).join("; ")}`;
  return modules[0] ?? "no module";
};

/** Data of a program: floats are multiples of 1/64 in -1..1, so that f32 holds them exactly. */
const dataOf = (program: Program): ReadonlyMap<string, Tensor> => {
  const choices = createChoices(program.seed ^ 0x5bd1e995);
  return new Map(
    program.inputs.map((input) => {
      const shape = input.shape.map((size) => (size === "B" ? batchOf(program) : size));
      const count = shape.reduce((a, b) => a * b, 1);
      const draw = (): number =>
        input.kind === "int" ? choices.below(input.below) : (choices.below(129) - 64) / 64;
      const values = Array.from({ length: count }, draw);
      return [input.name, tensor(input.kind === "int" ? "i32" : "f32", shape, values)];
    }),
  );
};

const inputsOf = (module: Module, data: ReadonlyMap<string, Tensor>): readonly Tensor[] => {
  const { inputs } = module.entries[0]!;
  return inputs.map((input): Tensor => {
    if (input.kind === "data") return data.get(input.name)!;
    const stored = module.stored.find((one) => input.kind === "stored" && one.path === input.path);
    const given = stored === undefined ? undefined : data.get(stored.path);
    if (given !== undefined) return given;
    if (stored === undefined) throw new Error("an input that is neither data nor stored");
    const shape = stored.type.shape.map(Number);
    return tensor("f32", shape, initialise({ ...stored, shape }, 0));
  });
};

const apart = (
  name: string,
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  tolerance: number,
): Verdict => {
  if (expected.length !== actual.length)
    return `${name}: ${actual.length} elements instead of ${expected.length}`;
  let largest = 0;
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i]!, actual[i]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= tolerance * (1 + largest)))
      return `${name}[${i}]: ${b} instead of ${a}`;
  }
  return null;
};

type Way = { readonly name: string; readonly graph: (graph: Graph) => Graph };
const ways: readonly Way[] = [
  ...graphPasses
    .filter(({ name }) => !name.endsWith("-gradients") && name !== "differentiate")
    .map((pass): Way => ({ name: `${pass.name} alone`, graph: (g) => pass.run(differentiate(g)) })),
  { name: "all passes", graph: (graph) => runGraphPasses(graph) },
  {
    name: "a loop for every cell",
    graph: (graph) => runGraphPasses(distribute(runGraphPasses(graph, "dead-code"), 1)),
  },
];

/** Interpreter against each pass, all passes, and the emitted code; values and gradients. */
export const check = async (program: Program): Promise<Verdict> => {
  const module = elaborated(program);
  if (typeof module === "string") return module;
  const stored = storing(program, module);
  const entry = module.entries[0]!;
  const data = dataOf(program);
  const inputs = inputsOf(module, data);
  const sizes = new Map([["B", batchOf(program)]]);
  const truth = interpretGraph(differentiate(entry.graph), inputs, sizes);
  const names = entry.outputs.map((output) => (output.kind === "result" ? output.name : ""));
  for (const way of ways) {
    const values = interpretGraph(way.graph(entry.graph), inputs, sizes);
    for (const [i, value] of values.entries()) {
      const verdict = apart(names[i]!, truth[i]!.data, value.data, tolerances.pass);
      if (verdict !== null) return `${way.name}: ${verdict}`;
    }
  }
  const preparing = preparedVerdict(stored, data, sizes);
  if (preparing !== null) return preparing;
  // Twice, at different points: a slope measured across a kink is not the gradient's fault.
  const slope = slopeVerdict(program, module, inputs, 0);
  if (slope !== null && slopeVerdict(program, module, inputs, 1) !== null) return slope;
  // Half of the programs run as they are, half with what is prepared from stored inputs.
  const isStored = (program.seed >> 2) % 2 === 0;
  const [run, wanted] = isStored
    ? [
        stored,
        interpretGraph(differentiate(stored.entries[0]!.graph), inputsOf(stored, data), sizes),
      ]
    : [module, truth];
  const emitted = await runEmitted(run, data);
  for (const [i, name] of names.entries()) {
    const tolerance = name === "value" ? tolerances.forward : tolerances.gradient;
    const verdict = apart(name, wanted[i]!.data, emitted[name]!, tolerance);
    if (verdict !== null) return `emitted${isStored ? " from stored inputs" : ""}: ${verdict}`;
  }
  return null;
};

/** The module with about half of its inputs stored. */
const storing = (program: Program, module: Module): Module => {
  const choices = createChoices(program.seed ^ 0x7f4a7c15);
  const kept = new Set(program.inputs.filter(() => choices.below(2) === 0).map(({ name }) => name));
  return storeInputs(module, (name) => !kept.has(name));
};

/** A forward pass on what an entry of its own prepared, beside one that computes everything. */
const preparedVerdict = (
  module: Module,
  data: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
): Verdict => {
  const optimised = optimise(module);
  const [entry] = optimised.entries;
  const inputs = inputsOf(module, data);
  const truth = interpretGraph(differentiate(module.entries[0]!.graph), inputs, sizes);
  const stored = new Map(
    module.entries[0]!.graph.inputs.map((value, i) => [nameOf(value), inputs[i]!]),
  );
  const run = ({ graph }: Entry): readonly Tensor[] =>
    interpretGraph(
      graph,
      graph.inputs.map((value) => stored.get(nameOf(value))!),
      sizes,
    );
  const before = optimised.entries.find(({ name }) => name === optimised.prepare);
  if (before !== undefined)
    run(before).forEach((value, i) => {
      const output = before.outputs[i]!;
      if (output.kind === "store") stored.set(output.path, value);
    });
  for (const [i, value] of run(entry!).entries()) {
    const verdict = apart(`result ${i}`, truth[i]!.data, value.data, tolerances.pass);
    if (verdict !== null) return `prepared: ${verdict}`;
  }
  return null;
};

const nameOf = ({ def }: Value): string => (def.kind === "input" ? def.name : "");

/**
 * The gradients against what the score does when all inputs move a little along one direction: rules of
 * differentiation are shared by all ways to run, so comparing those cannot find a wrong one.
 */
const slopeVerdict = (
  program: Program,
  module: Module,
  inputs: readonly Tensor[],
  attempt: number,
): Verdict => {
  const entry = module.entries[0]!;
  const names = entry.outputs.map((output) => (output.kind === "result" ? output.name : ""));
  const choices = createChoices(program.seed ^ (0x2545f491 + attempt));
  const learned = entry.inputs.map((input) =>
    input.kind === "data" ? names.indexOf(`d_${input.name}`) : -1,
  );
  if (learned.every((at) => at < 0)) return null;
  // Off the grid of multiples of 1/64, so away from kinks and ties.
  const point = inputs.map((x) =>
    x.dtype === "f32" ? moved(x, 1, () => (choices.unit() - 0.5) / 128) : x,
  );
  const direction = inputs.map((x) => Array.from(x.data, () => choices.unit() * 2 - 1));
  const sizes = new Map([["B", batchOf(program)]]);
  const derived = differentiate(entry.graph);
  const gradients = interpretGraph(derived, point, sizes);
  const expected = learned.reduce((sum, at, i) => {
    if (at < 0) return sum;
    return gradients[at]!.data.reduce((all, g, e) => all + g * direction[i]![e]!, sum);
  }, 0);
  const forward = removeDeadCode({ ...derived, outputs: [derived.outputs[0]!] });
  const score = (step: number): number => {
    const there = point.map((x, i) =>
      learned[i]! < 0 ? x : moved(x, step, (e) => direction[i]![e]!),
    );
    const [value] = interpretGraph(forward, there, sizes);
    return value!.data.reduce((sum, one) => sum + Math.sin(one), 0);
  };
  const [coarse, fine] = [1e-4, 2e-5].map((step) => (score(step) - score(-step)) / (2 * step));
  const unsure = 10 * Math.abs(coarse! - fine!);
  const error = Math.abs(expected - fine!);
  return error <= tolerances.slope * (1 + Math.abs(fine!)) + unsure
    ? null
    : `slope: ${expected} instead of ${fine}`;
};

/** `x + scale * by(element)`. */
const moved = (x: Tensor, scale: number, by: (element: number) => number): Tensor =>
  tensor(
    x.dtype,
    x.shape,
    Array.from(x.data, (value, element) => value + scale * by(element)),
  );

const runEmitted = async (
  module: Module,
  data: ReadonlyMap<string, Tensor>,
): Promise<Readonly<Record<string, Float32Array>>> => {
  const program = (await instantiate(optimise(module))) as ModelProgram;
  const model = new Model<object, Float32Array | Record<string, Float32Array>>(program);
  const arrays = Object.fromEntries(
    [...data].map(([name, { dtype, data: values }]) => [
      name,
      dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values),
    ]),
  );
  model.initialise(0);
  const stored = Object.keys(arrays).filter((name) => Object.hasOwn(model.params, name));
  for (const name of stored) model.params[name]!.write(arrays[name] as Float32Array);
  const given = Object.entries(arrays).filter(([name]) => !stored.includes(name));
  const result = await model.forward(Object.fromEntries(given));
  return result instanceof Float32Array ? { value: result } : result;
};

/** A verdict for what throws, too: a crash is a finding. */
export const verdictOf = async (program: Program): Promise<Verdict> => {
  try {
    return await check(program);
  } catch (error) {
    return `crash: ${error instanceof Error ? error.message : String(error)}`;
  }
};
