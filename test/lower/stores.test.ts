// Values written over stored tensors: in place where every reader of the old value is done, through a copy elsewhere.

import { expect, test } from "vitest";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import type { Value } from "../../compiler/ir/graph.ts";
import type { EntryOutput, Module } from "../../compiler/ir/module.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { createBuilder } from "../../compiler/ops/builder.ts";
import type { GraphBuilder } from "../../compiler/ops/builder.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { expectSame, moduleOf, runProgram } from "../backends/run-entry.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";

const shape = [5, 7];
const matrix = { dtype: "f32", shape } as const;

type Build = (
  b: GraphBuilder,
  at: (path: string) => Value,
  x: Value,
) => readonly (readonly [EntryOutput, Value])[];

const store = (path: string): EntryOutput => ({ kind: "store", path });
const result = (name: string): EntryOutput => ({ kind: "result", name });

const moduleFrom = (build: Build): Module => {
  const b = createBuilder();
  const inputs: Value[] = [];
  const input = (sigil: "%" | "@", name: string): Value => {
    const value = b.input(sigil, name, matrix);
    if (!inputs.includes(value)) inputs.push(value);
    return value;
  };
  const outputs = build(b, (path) => input("@", path), input("%", "x"));
  const graph = b.finish(
    "step",
    [],
    inputs,
    outputs.map(([, value]) => value),
  );
  return moduleOf(
    graph,
    outputs.map(([output]) => output),
  );
};

const inputsOf = (module: Module) => {
  const next = createStream(3);
  return module.entries[0]!.graph.inputs.map(() => drawTensor({ shape }, next));
};

const copies = (plan: Plan): number =>
  plan.entries[0]!.dispatches.filter((d) => plan.kernels[d.kernel]!.kernel.name === "copy").length;

const check = async (build: Build): Promise<Plan> => {
  const module = moduleFrom(build);
  return expectSame(module, inputsOf(module));
};

test("an update that reads only its own element is written in place", async () => {
  const plan = await check((b, at, x) => [[store("w"), b.op("sub", [at("w"), x])]]);
  expect(copies(plan)).toBe(0);
  expect(plan.entries[0]!.dispatches).toHaveLength(1);
});

test("a value that reads its tensor transposed goes through a copy", async () => {
  const plan = await check((b, at, x) => {
    const turned = b.op("transpose", [b.op("reshape", [at("w")], { shape: [7, 5] })], {
      perm: [1, 0],
    });
    return [[store("w"), b.op("add", [turned, x])]];
  });
  expect(copies(plan)).toBe(1);
});

test("two tensors change places", async () => {
  await check((_b, at) => [
    [store("v"), at("w")],
    [store("w"), at("v")],
  ]);
});

test("a tensor that keeps its value costs nothing", async () => {
  const plan = await check((_b, at) => [[store("w"), at("w")]]);
  expect(plan.entries[0]!.dispatches).toHaveLength(0);
});

test("a momentum that becomes the gradient leaves its old value to the weight that reads it", async () => {
  await check((b, at, x) => [
    [store("m"), x],
    [store("w"), b.op("sub", [at("w"), at("m")])],
  ]);
  await check((b, at, x) => [
    [store("m"), b.op("neg", [x])],
    [store("w"), b.op("sub", [at("w"), at("m")])],
  ]);
});

test("the old value is read by everything that needs it before it is overwritten", async () => {
  const plan = await check((b, at, x) => {
    const next = b.op("add", [at("w"), x]);
    const old = b.op("contract", [at("w"), x], { spec: "ij,kj->ik" });
    const later = b.op("contract", [next, x], { spec: "ij,kj->ik" });
    return [
      [store("w"), next],
      [result("old"), old],
      [result("new"), later],
    ];
  });
  expect(copies(plan)).toBe(0);
});

test("one value stored twice and handed out as well is right everywhere", async () => {
  await check((b, at, x) => {
    at("v");
    const next = b.op("mul", [at("w"), x]);
    return [
      [store("w"), next],
      [store("v"), next],
      [result("next"), next],
    ];
  });
});

test("an input and a stored tensor can be results as they are", async () => {
  await check((b, at, x) => [
    [result("x"), x],
    [result("w"), at("w")],
    [store("w"), b.op("neg", [at("w")])],
  ]);
});

const commitsLast = (plan: EntryPlan): boolean =>
  plan.dispatches.every(
    (d, k) => k >= plan.commit! || d.args.every((arg) => arg.kind === "slot" || !isWritten(d, arg)),
  );
const isWritten = (d: EntryPlan["dispatches"][number], arg: unknown): boolean =>
  d.args.at(-1) === arg;

test("a loss that is not finite leaves every stored tensor as it was", async () => {
  const module = moduleFrom((b, at, x) => {
    const loss = b.op("reduceSum", [b.op("log", [x])], { axes: [0, 1] });
    return [
      [store("w"), b.op("sub", [at("w"), x])],
      [{ kind: "loss" }, loss],
    ];
  });
  const plan = lower(module);
  expect(commitsLast(plan.entries[0]!)).toBe(true);
  const program = ((await instantiatePlan(plan)) as ModelProgram).forward;
  const positions = module.entries[0]!.graph.inputs.map((v) =>
    v.def.kind === "input" ? v.def.name : "",
  );
  const given = (sign: number) =>
    positions.map((name) =>
      tensor(
        "f32",
        shape,
        Array.from({ length: 35 }, () => (name === "x" ? sign : 3)),
      ),
    );
  expect(runProgram(plan, program, given(-1), {}).outputs[0]!.data[4]).toBe(3);
  expect(runProgram(plan, program, given(1), {}).outputs[0]!.data[4]).toBe(2);
  expect(program.probes!.length).toBeGreaterThan(0);
});
