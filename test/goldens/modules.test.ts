// The modules of the reference numbers: outputs, gradients of inputs and weights, and buffers, by every engine.

import { describe, expect, test } from "vitest";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "./compile.ts";
import { engines, type Engine } from "./engines.ts";
import { loadModules, type Golden } from "./load.ts";
import { moduleCases, type ModuleCase, type Place } from "./module-cases.ts";
import { evaluatedSource, moduleSource, numbersAt } from "./module-program.ts";

const goldens = loadModules();

const tensorsOf = (name: string, kind: string): readonly Golden[] => {
  const found: Golden[] = [];
  for (let k = 0; goldens.has(`module.${name}/${kind}.${k}`); k++) {
    found.push(goldens.get(`module.${name}/${kind}.${k}`)!);
  }
  return found;
};

/** Initial weights and buffers: the case's, else zeros, but running variances 1. */
const storedOf = (one: ModuleCase, module: Module, prefix: string): Map<string, Tensor> =>
  new Map(
    module.stored.map(({ path, type, init }) => {
      const shape = type.shape.map(Number);
      const place = [...one.params, ...(one.buffers ?? [])].find((p) => prefix + p.path === path);
      const golden = place && goldens.get(`module.${one.name}/param.${place.golden}`);
      const start = init.kind === "constant" ? init.value : 0;
      const size = shape.reduce((a, b) => a * b, 1);
      const numbers =
        place && golden ? startOf(one, golden, place) : new Float64Array(size).fill(start);
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );

const startOf = (one: ModuleCase, golden: Golden, place: Place): Float64Array => {
  const numbers = numbersAt(golden, place);
  if (place.plus === undefined) return numbers;
  const added = numbersAt(goldens.get(`module.${one.name}/param.${place.plus.golden}`)!, {
    path: place.path,
    ...place.plus,
  });
  return numbers.map((value, i) => value + (added[i] ?? 0));
};

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
const trained = async (engine: Engine, one: ModuleCase): Promise<Errors> => {
  const inputs = tensorsOf(one.name, "in");
  const output = wholeOf(one, "out");
  const cotangent = wholeOf(one, "cot");
  const module = compileProgram(moduleSource(one, inputs, output), "Once");
  const stored = storedOf(one, module, "net.");
  const data = new Map([
    ...inputs.map((input, k) => [`in${k}`, given(input)] as const),
    ["cotangent", given(cotangent)] as const,
  ]);
  const step = module.train!.steps[0]!;
  const run = await engine.open(module);
  const { stores } = run(step.entry, { data, stored });
  const moved = (path: string) =>
    stored.get(path)!.data.map((before, i) => before - stores.get(path)!.data[i]!);
  return [
    ["output", engine.error(stores.get("net.seen")!.data, output.data)],
    ...inputs.flatMap((input, k) =>
      input.dtype === "F64"
        ? [[`input ${k}`, engine.error(moved(`net.shift${k}`), gradientOf(one, `in.${k}`).data)] as const]
        : [],
    ),
    ...one.params.map((place) => {
      const want = numbersAt(goldens.get(`module.${one.name}/grad_param.${place.golden}`)!, place);
      return [place.path, engine.error(moved(`net.${place.path}`), want)] as const;
    }),
    ...(one.buffers ?? []).map((place) => {
      const want = goldens.get(`module.${one.name}/buffer_after.${place.golden}`)!;
      return [place.path, engine.error(stores.get(`net.${place.path}`)!.data, want.data)] as const;
    }),
  ];
};

const gradientOf = (one: ModuleCase, input: string): Golden =>
  goldens.get(`module.${one.name}/grad_${input}`)!;

const evaluated = async (engine: Engine, one: ModuleCase): Promise<Errors> => {
  const inputs = tensorsOf(one.name, "in");
  const output = goldens.get(`module.${one.name}/out.0`)!;
  const module = compileProgram(evaluatedSource(one, inputs, output));
  const data = new Map([
    ...inputs.map((input, k) => [`x${k}`, given(input)] as const),
    ["cotangent", given(goldens.get(`module.${one.name}/cot.0`)!)] as const,
  ]);
  const stored = storedOf(one, module, "");
  const run = await engine.open(module);
  const { results } = run("forward", { data, stored });
  return [
    ["output", engine.error(results.get("y")!.data, output.data)],
    ["input 0", engine.error(results.get("g0")!.data, gradientOf(one, "in.0").data)],
    ...one.params.map((place, i) => {
      const want = numbersAt(goldens.get(`module.${one.name}/grad_param.${place.golden}`)!, place);
      return [place.path, engine.error(results.get(`p${i}`)!.data, want)] as const;
    }),
  ];
};

for (const engine of engines) {
  describe(`${engine.name} gives PyTorch's outputs, gradients and buffers`, () => {
    for (const one of moduleCases) {
      test(one.name, async () => {
        const compare = one.evaluates === true ? evaluated : trained;
        const errors = await compare(engine, one);
        expect(errors.filter(([, error]) => !(error <= engine.tolerance.gradient))).toEqual([]);
      });
    }
  });
}
