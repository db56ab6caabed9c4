// The optimizer traces and schedules of the reference numbers, in the interpreter.

import { describe, expect, test } from "vitest";
import type { Module } from "../../compiler/ir/module.ts";
import { filled, tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { worstError } from "./compare.ts";
import { compileProgram } from "./compile.ts";
import { entryOf, interpretEntry } from "./interpret-entry.ts";
import { loadModules } from "./load.ts";
import { numbersAt } from "./module-program.ts";
import { optimizers, optimizerSource, schedules, scheduleSource, traced } from "./training-cases.ts";

const goldens = loadModules();
const tolerance = 1e-9;

/** Constants are what they start with; drawn weights are overwritten by the caller. */
const starting = (module: Module): Map<string, Tensor> =>
  new Map(
    module.stored.map(({ path, type, init }) => [
      path,
      filled(type.dtype, type.shape.map(Number), init.kind === "constant" ? init.value : 0),
    ]),
  );

const followed = (name: string, source: string): readonly string[] => {
  const get = (key: string) => goldens.get(`optim.${name}/${key}`)!;
  const module = compileProgram(source, "Trace");
  const entry = entryOf(module, module.train!.steps[0]!.entry);
  const stored = starting(module);
  for (const place of traced) {
    const { dtype, shape } = stored.get(place.path)!;
    stored.set(place.path, tensor(dtype, shape, numbersAt(get(`step0.${place.golden}`), place)));
  }
  const data = new Map([
    ["x", tensor("f32", [16, 4], get("X").data)],
    ["y", tensor("f32", [16, 2], get("Y").data)],
  ]);
  const problems: string[] = [];
  const check = (what: string, error: number) => {
    if (!(error <= tolerance)) problems.push(`${what} is off by ${error}`);
  };
  for (let step = 1; step <= 30; step++) {
    const { stores, loss } = interpretEntry(entry, { data, stored, step });
    check(`loss ${step}`, worstError([loss ?? NaN], [get("losses").data[step - 1]!]));
    for (const [path, value] of stores) stored.set(path, value);
    if (!goldens.has(`optim.${name}/step${step}.0.weight`)) continue;
    for (const place of traced) {
      const want = numbersAt(get(`step${step}.${place.golden}`), place);
      check(`${place.path} after ${step}`, worstError(stored.get(place.path)!.data, want));
    }
  }
  return problems;
};

describe("optimizers follow PyTorch's traces over 30 updates", () => {
  for (const [name, optimizer] of Object.entries(optimizers)) {
    test(name, () => {
      expect(followed(name, optimizerSource(optimizer, false))).toEqual([]);
    });
    test(`${name} with clipped gradients`, () => {
      expect(followed(`${name}_clip`, optimizerSource(optimizer, true))).toEqual([]);
    });
  }
});

describe("schedules give PyTorch's rates", () => {
  for (const [name, rate] of Object.entries(schedules)) {
    test(name, () => {
      const want = goldens.get(`sched.${name}/lr`)!.data;
      const module = compileProgram(scheduleSource(rate), "Trace");
      const entry = entryOf(module, module.train!.steps[0]!.entry);
      const data = new Map([["x", tensor("f32", [1], [1])]]);
      const got = Array.from(want, (_, n) => {
        const { stores } = interpretEntry(entry, { data, stored: starting(module), step: n + 1 });
        return -stores.get("net.w")!.data[0]!;
      });
      expect(worstError(got, want)).toBeLessThan(tolerance);
    });
  }
});
