// Every operation of the reference numbers in .dlm, and how far an engine is from them.

import type { Module } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "./compile.ts";
import type { LaterEngine } from "./engines.ts";
import { translate } from "./expressions/index.ts";
import { inLayout, programOf, type Program } from "./expressions/program.ts";
import { samplesOf } from "./expressions/sample.ts";
import { loadOps, type Golden } from "./load.ts";

export const goldens = loadOps();
export const ops = Object.keys(goldens.index);
/** PyTorch's own gradient of this one has a sixth rounded to single precision. */
const looser: Readonly<Record<string, number>> = { "nn.functional.hardsigmoid": 1e-7 };
const dtypes = { F64: "f32", I64: "i32", U8: "i32", BOOL: "bool" } as const;

export type Case = { readonly n: number; readonly program: Program; readonly compiled: () => Module };
const kept = new Map<string, Module>();

export const casesOf = (op: string): readonly Case[] =>
  samplesOf(goldens, op).flatMap((sample) => {
    const translation = translate(sample);
    if ("reason" in translation) return [];
    const program = programOf(sample, translation);
    const compiled = (): Module => {
      const module = kept.get(program.source) ?? compileProgram(program.source);
      kept.set(program.source, module);
      return module;
    };
    return [{ n: sample.n, program, compiled }];
  });

const given = (golden: Golden) => tensor(dtypes[golden.dtype], golden.shape, golden.data);

const run = async (engine: LaterEngine, { program, compiled }: Case) => {
  const module = compiled();
  const stored = new Map(
    module.stored.map(({ path, type }) => {
      const known = program.weights[path];
      const shape = type.shape.map(Number);
      const size = shape.reduce((a, b) => a * b, 1);
      const numbers =
        known === undefined ? new Float64Array(size) : inLayout(known.golden, known.weight);
      return [path, tensor(type.dtype, shape, numbers)] as const;
    }),
  );
  const data = new Map([...program.inputs].map(([name, golden]) => [name, given(golden)] as const));
  const entry = await engine.open(module);
  return (await entry("forward", { data, stored })).results;
};

export const problemsOf = async (engine: LaterEngine, op: string, one: Case): Promise<readonly string[]> => {
  const { program, n } = one;
  try {
    const results = await run(engine, one);
    return program.results.flatMap(({ name, golden, weight, kind }) => {
      // A single result has no name.
      const value = results.get(name) ?? results.get("");
      if (value === undefined) return [`sample ${n}: no result ${name}`];
      const error = engine.error(value.data, inLayout(golden, weight));
      const allowed = Math.max(engine.tolerance[kind], looser[op] ?? 0);
      return error <= allowed ? [] : [`sample ${n}: ${name} is off by ${error}\n${program.source}`];
    });
  } catch (error) {
    return [`sample ${n}: ${error instanceof Error ? error.message : String(error)}\n${program.source}`];
  }
};
