// What a module of the reference numbers gives by an engine, and how far that is from PyTorch's.

import { expect } from "vitest";
import { correspond } from "../../compiler/backends/pytorch/correspondence.ts";
import { evaluate, namesIn, type Expression } from "../../compiler/backends/pytorch/expression.ts";
import { storedOfNet } from "../../compiler/backends/pytorch/import-weights.ts";
import { add } from "../../compiler/backends/pytorch/numbers.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { pytorchBlocks } from "../../compiler/std/sources.gen.ts";
import { compileProgram } from "./compile.ts";
import type { LaterEngine } from "./engines.ts";
import { loadModules, type Golden } from "./load.ts";
import type { ModuleCase } from "./module-cases.ts";
import { evaluatedSource, moduleSource } from "./module-program.ts";

export const goldens = loadModules();

const tensorsOf = (name: string, kind: string): readonly Golden[] => {
  const found: Golden[] = [];
  for (let k = 0; goldens.has(`module.${name}/${kind}.${k}`); k++) {
    found.push(goldens.get(`module.${name}/${kind}.${k}`)!);
  }
  return found;
};

/** A weight or buffer that PyTorch has too, and what it is made of there. */
type Shared = {
  readonly path: string;
  readonly storage: string;
  readonly shape: readonly number[];
  readonly source: Expression;
};

const sharedOf = (one: ModuleCase, module: Module, net: string): readonly Shared[] => {
  const prefix = `module.${one.name}/param.`;
  const files = [...goldens.keys()].flatMap((name) =>
    name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
  );
  const ours = storedOfNet(module, net).filter(({ path }) => !/^(shift\d|seen)$/.test(path));
  const { sources, left, problems } = correspond(pytorchBlocks, ours, files, one.names);
  const used = new Set([...left, ...[...sources.values()].flatMap(namesIn)]);
  expect(problems).toEqual([]);
  expect(files.filter((file) => !used.has(file))).toEqual([]);
  return ours.map(({ path, storage, type }) => ({
    path,
    storage,
    shape: type.shape.map(Number),
    source: sources.get(path)!,
  }));
};

/** Where PyTorch adds two biases to the one here, each has the gradient of the sum. */
const eitherOf = <T>(a: T): T => a;

const wanted = (one: ModuleCase, { shape, source }: Shared, kind: string): Float64Array => {
  const read = (name: string): Golden => goldens.get(`module.${one.name}/${kind}.${name}`)!;
  const found = evaluate(source, read, shape, kind === "grad_param" ? eitherOf : add);
  expect(found.shape).toEqual(shape);
  return found.data;
};

/** Initial weights and buffers: the case's, else what they start from. */
const storedOf = (
  one: ModuleCase,
  module: Module,
  net: string,
  shared: readonly Shared[],
): Map<string, Tensor> =>
  new Map(
    module.stored.map(({ path, type, init }) => {
      const shape = type.shape.map(Number);
      const golden = shared.find((each) => (net === "" ? "" : `${net}.`) + each.path === path);
      const start = init.kind === "constant" ? init.value : 0;
      const size = shape.reduce((a, b) => a * b, 1);
      const numbers = golden ? wanted(one, golden, "param") : new Float64Array(size).fill(start);
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );

const given = (golden: Golden): Tensor =>
  tensor(golden.dtype === "F64" ? "f32" : "i32", golden.shape, golden.data);

/** The first output; of a case that joins them, for each example the sequence, then the last states [layer, B, …]. */
const wholeOf = (one: ModuleCase, kind: "out" | "cot"): Golden => {
  const [first, ...states] = tensorsOf(one.name, kind);
  if (one.joined !== true) return first!;
  const batch = first!.shape[0]!;
  const rowOf = ({ data, shape }: Golden, row: number): Float64Array => {
    const size = shape.at(-1)!;
    return data.subarray(row * size, (row + 1) * size);
  };
  const rows = Array.from({ length: batch }, (_, b) => {
    const sequence = first!.data.length / batch;
    return [
      ...first!.data.subarray(b * sequence, (b + 1) * sequence),
      ...states.flatMap((state) =>
        Array.from({ length: state.shape[0]! }, (_layer, layer) => [
          ...rowOf(state, layer * batch + b),
        ]).flat(),
      ),
    ];
  });
  const data = Float64Array.from(rows.flat());
  return { dtype: "F64", shape: [batch, data.length / batch], data };
};

/** What is compared, and its error. */
type Errors = readonly (readonly [string, number])[];

/** The errors of one training step. */
const trained = async (engine: LaterEngine, one: ModuleCase): Promise<Errors> => {
  const inputs = tensorsOf(one.name, "in");
  const output = wholeOf(one, "out");
  const cotangent = wholeOf(one, "cot");
  const module = compileProgram(moduleSource(one, inputs, output), "Once");
  const shared = sharedOf(one, module, "net");
  const stored = storedOf(one, module, "net", shared);
  const data = new Map([
    ...inputs.map((input, k) => [`in${k}`, given(input)] as const),
    ["cotangent", given(cotangent)] as const,
  ]);
  const step = module.train!.steps[0]!;
  const run = await engine.open(module);
  const { stores } = await run(step.entry, { data, stored });
  const moved = (path: string) =>
    stored.get(path)!.data.map((before, i) => before - stores.get(path)!.data[i]!);
  return [
    ["output", engine.error(stores.get("net.seen")!.data, output.data)],
    ...inputs.flatMap((input, k) =>
      input.dtype === "F64"
        ? [[`input ${k}`, engine.error(moved(`net.shift${k}`), gradientOf(one, `in.${k}`).data)] as const]
        : [],
    ),
    ...shared.map((each) => {
      const path = `net.${each.path}`;
      if (each.storage === "param")
        return [path, engine.error(moved(path), wanted(one, each, "grad_param"))] as const;
      return [path, engine.error(stores.get(path)!.data, wanted(one, each, "buffer_after"))] as const;
    }),
  ];
};

const gradientOf = (one: ModuleCase, input: string): Golden =>
  goldens.get(`module.${one.name}/grad_${input}`)!;

const evaluated = async (engine: LaterEngine, one: ModuleCase): Promise<Errors> => {
  const inputs = tensorsOf(one.name, "in");
  const output = goldens.get(`module.${one.name}/out.0`)!;
  const recipe = compileProgram(moduleSource(one, inputs, output), "Once");
  const weights = sharedOf(one, recipe, "net").filter(({ storage }) => storage === "param");
  const module = compileProgram(evaluatedSource(one, inputs, output, weights));
  const data = new Map([
    ...inputs.map((input, k) => [`x${k}`, given(input)] as const),
    ["cotangent", given(goldens.get(`module.${one.name}/cot.0`)!)] as const,
  ]);
  const stored = storedOf(one, module, "", sharedOf(one, module, ""));
  const run = await engine.open(module);
  const { results } = await run("forward", { data, stored });
  return [
    ["output", engine.error(results.get("y")!.data, output.data)],
    ["input 0", engine.error(results.get("g0")!.data, gradientOf(one, "in.0").data)],
    ...weights.map((each, i) => {
      const got = results.get(`p${i}`)!.data;
      return [each.path, engine.error(got, wanted(one, each, "grad_param"))] as const;
    }),
  ];
};

export const errorsOf = (engine: LaterEngine, one: ModuleCase): Promise<Errors> =>
  (one.evaluates === true ? evaluated : trained)(engine, one);
