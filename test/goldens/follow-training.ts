// Follows PyTorch's optimizers and schedules by an engine.

import { evaluate, parseExpression } from "../../compiler/backends/pytorch/expression.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { filled, tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { compileProgram } from "./compile.ts";
import type { LaterEngine } from "./engines.ts";
import { loadModules } from "./load.ts";
import { scheduleSource, traced } from "./training-cases.ts";

export const goldens = loadModules();

/** Constants are what they start with; drawn weights are overwritten by the caller. */
const starting = (module: Module): Map<string, Tensor> =>
  new Map(
    module.stored.map(({ path, type, init }) => [
      path,
      filled(type.dtype, type.shape.map(Number), init.kind === "constant" ? init.value : 0),
    ]),
  );

export const followed = async (
  engine: LaterEngine,
  name: string,
  source: string,
  updates = 30,
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
  for (let step = 1; step <= updates; step++) {
    const { stores, loss } = await run(entry, { data, stored, step });
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

export const rates = async (engine: LaterEngine, rate: string, count: number): Promise<readonly number[]> => {
  const module = compileProgram(scheduleSource(rate), "Trace");
  const { entry } = module.train!.steps[0]!;
  const run = await engine.open(module);
  const data = new Map([["x", tensor("f32", [1], [1])]]);
  const found: number[] = [];
  for (let step = 1; step <= count; step++) {
    const { stores } = await run(entry, { data, stored: starting(module), step });
    found.push(-stores.get("net.w")!.data[0]!);
  }
  return found;
};
