// The optimizer traces and schedules of the reference numbers, by every engine.

import { describe, expect, test } from "vitest";
import { evaluate, parseExpression } from "../../compiler/backends/pytorch/expression.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { filled, tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "./compile.ts";
import { engines, type Engine } from "./engines.ts";
import { loadModules } from "./load.ts";
import { optimizers, optimizerSource, schedules, scheduleSource, traced } from "./training-cases.ts";

const goldens = loadModules();

/** Constants are what they start with; drawn weights are overwritten by the caller. */
const starting = (module: Module): Map<string, Tensor> =>
  new Map(
    module.stored.map(({ path, type, init }) => [
      path,
      filled(type.dtype, type.shape.map(Number), init.kind === "constant" ? init.value : 0),
    ]),
  );

const followed = async (
  engine: Engine,
  name: string,
  source: string,
): Promise<readonly string[]> => {
  const get = (key: string) => goldens.get(`optim.${name}/${key}`)!;
  const module = compileProgram(source, "Trace");
  const { entry } = module.train!.steps[0]!;
  const run = await engine.open(module);
  const stored = starting(module);
  const after = (step: number, expression: string): Float64Array =>
    evaluate(parseExpression(expression), (one) => get(`step${step}.${one}`), []).data;
  for (const [path, expression] of Object.entries(traced)) {
    const { dtype, shape } = stored.get(path)!;
    stored.set(path, tensor(dtype, shape, after(0, expression)));
  }
  const data = new Map([
    ["x", tensor("f32", [16, 4], get("X").data)],
    ["y", tensor("f32", [16, 2], get("Y").data)],
  ]);
  const problems: string[] = [];
  const check = (what: string, error: number) => {
    if (!(error <= engine.tolerance.gradient)) problems.push(`${what} is off by ${error}`);
  };
  for (let step = 1; step <= 30; step++) {
    const { stores, loss } = run(entry, { data, stored, step });
    check(`loss ${step}`, engine.error([loss ?? NaN], [get("losses").data[step - 1]!]));
    for (const [path, value] of stores) stored.set(path, value);
    if (!goldens.has(`optim.${name}/step${step}.0.weight`)) continue;
    for (const [path, expression] of Object.entries(traced)) {
      const want = after(step, expression);
      check(`${path} after ${step}`, engine.error(stored.get(path)!.data, want));
    }
  }
  return problems;
};

const rates = async (engine: Engine, rate: string, count: number): Promise<readonly number[]> => {
  const module = compileProgram(scheduleSource(rate), "Trace");
  const { entry } = module.train!.steps[0]!;
  const run = await engine.open(module);
  const data = new Map([["x", tensor("f32", [1], [1])]]);
  return Array.from({ length: count }, (_, n) => {
    const { stores } = run(entry, { data, stored: starting(module), step: n + 1 });
    return -stores.get("net.w")!.data[0]!;
  });
};

for (const engine of engines) {
  describe(`${engine.name} follows PyTorch's optimizers over 30 updates`, () => {
    for (const [name, optimizer] of Object.entries(optimizers)) {
      test(name, async () => {
        expect(await followed(engine, name, optimizerSource(optimizer, false))).toEqual([]);
      });
      test(`${name} with clipped gradients`, async () => {
        const source = optimizerSource(optimizer, true);
        expect(await followed(engine, `${name}_clip`, source)).toEqual([]);
      });
    }
  });

  describe(`${engine.name} gives PyTorch's learning rates`, () => {
    for (const [name, rate] of Object.entries(schedules)) {
      test(name, async () => {
        const want = goldens.get(`sched.${name}/lr`)!.data;
        const got = await rates(engine, rate, want.length);
        expect(engine.error(got, want)).toBeLessThan(engine.tolerance.output);
      });
    }
  });
}

test("all 32 traces and 9 schedules are covered", () => {
  const named = (kind: string): readonly string[] => [
    ...new Set([...goldens.keys()].flatMap((key) => (key.startsWith(kind) ? key.split("/")[0]! : []))),
  ];
  const traces = Object.keys(optimizers).flatMap((name) => [`optim.${name}`, `optim.${name}_clip`]);
  expect(traces.sort()).toEqual([...named("optim.")].sort());
  expect(traces).toHaveLength(32);
  expect(Object.keys(schedules).map((name) => `sched.${name}`).sort()).toEqual([...named("sched.")].sort());
  expect(Object.keys(schedules)).toHaveLength(9);
});
