// The modules of the reference numbers: outputs, gradients of inputs and weights, and buffers, in the interpreter.

import { describe, expect, test } from "vitest";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { worstError } from "./compare.ts";
import { compileProgram } from "./compile.ts";
import { entryOf, interpretEntry } from "./interpret-entry.ts";
import { loadModules, type Golden } from "./load.ts";
import { moduleCases, type ModuleCase } from "./module-cases.ts";
import { evaluatedSource, moduleSource, numbersAt } from "./module-program.ts";

const goldens = loadModules();
const tolerance = 1e-9;

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
        place && golden ? numbersAt(golden, place) : new Float64Array(size).fill(start);
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );

const given = (golden: Golden): Tensor =>
  tensor(golden.dtype === "F64" ? "f32" : "i32", golden.shape, golden.data);

/** `[what, error]` of one training step. */
const trained = (one: ModuleCase): readonly (readonly [string, number])[] => {
  const inputs = tensorsOf(one.name, "in");
  const output = goldens.get(`module.${one.name}/out.0`)!;
  const cotangent = goldens.get(`module.${one.name}/cot.0`)!;
  const module = compileProgram(moduleSource(one, inputs, output), "Once");
  const stored = storedOf(one, module, "net.");
  const data = new Map([
    ...inputs.map((input, k) => [`in${k}`, given(input)] as const),
    ["cotangent", given(cotangent)] as const,
  ]);
  const step = module.train!.steps[0]!;
  const { stores } = interpretEntry(entryOf(module, step.entry), { data, stored });
  const moved = (path: string) =>
    stored.get(path)!.data.map((before, i) => before - stores.get(path)!.data[i]!);
  return [
    ["output", worstError(stores.get("net.seen")!.data, output.data)],
    ...inputs.flatMap((input, k) =>
      input.dtype === "F64"
        ? [[`input ${k}`, worstError(moved(`net.shift${k}`), gradientOf(one, `in.${k}`).data)] as const]
        : [],
    ),
    ...one.params.map((place) => {
      const want = numbersAt(goldens.get(`module.${one.name}/grad_param.${place.golden}`)!, place);
      return [place.path, worstError(moved(`net.${place.path}`), want)] as const;
    }),
    ...(one.buffers ?? []).map((place) => {
      const want = goldens.get(`module.${one.name}/buffer_after.${place.golden}`)!;
      return [place.path, worstError(stores.get(`net.${place.path}`)!.data, want.data)] as const;
    }),
  ];
};

const gradientOf = (one: ModuleCase, input: string): Golden =>
  goldens.get(`module.${one.name}/grad_${input}`)!;

const evaluated = (one: ModuleCase): readonly (readonly [string, number])[] => {
  const inputs = tensorsOf(one.name, "in");
  const output = goldens.get(`module.${one.name}/out.0`)!;
  const module = compileProgram(evaluatedSource(one, inputs, output));
  const data = new Map([
    ...inputs.map((input, k) => [`x${k}`, given(input)] as const),
    ["cotangent", given(goldens.get(`module.${one.name}/cot.0`)!)] as const,
  ]);
  const stored = storedOf(one, module, "");
  const { results } = interpretEntry(entryOf(module, "forward"), { data, stored });
  return [
    ["output", worstError(results.get("y")!.data, output.data)],
    ["input 0", worstError(results.get("g0")!.data, gradientOf(one, "in.0").data)],
    ...one.params.map((place, i) => {
      const want = numbersAt(goldens.get(`module.${one.name}/grad_param.${place.golden}`)!, place);
      return [place.path, worstError(results.get(`p${i}`)!.data, want)] as const;
    }),
  ];
};

describe("modules agree with PyTorch: outputs, gradients, buffers", () => {
  for (const one of moduleCases) {
    test(one.name, () => {
      const errors = one.evaluates === true ? evaluated(one) : trained(one);
      expect(errors.filter(([, error]) => !(error <= tolerance))).toEqual([]);
    });
  }
});
