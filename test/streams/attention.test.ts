// Attention made row by row: which programs are, that numbers stay, and that no buffer holds an element for each pair.

import { expect, test } from "vitest";
import type { Entry } from "../../compiler/ir/module.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { EntryPlan } from "../../compiler/lower/plan.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { compile, optimise } from "../../compiler/pipeline.ts";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import { expectSame, programsOf, runProgram } from "../backends/run-entry.ts";
import { createStream } from "../ops/draw-sample.ts";
import { compileProgram } from "../goldens/compile.ts";
import { trainingApart } from "../programs/twin.ts";

const model = (ins: string, result: string, body: string): string =>
  `model Net(${ins}) -> (y: ${result}, dx: [B, T, 8]) {
  let y = ${body}
  return y, grad(sum(sin(y)), x)
}`;

const x = "x: [B, T, 8]";
const whole = "[B, T, 8]";
const programs: readonly (readonly [string, string])[] = [
  ["over all positions", model(x, whole, "x -> MultiHeadAttention(2)")],
  ["causal", model(x, whole, "x -> MultiHeadAttention(2, causal = true)")],
  ["with one head", model(x, whole, "x -> MultiHeadAttention(1, causal = true)")],
  ["with fewer keys than queries", model(x, whole, "x -> GroupedQueryAttention(4, 2)")],
  [
    "over a memory, some of it hidden",
    model(
      `${x}, memory: [B, S, 5], seen: int[B, S]`,
      whole,
      "MultiHeadAttention(2)(x, memory, seen > 0)",
    ),
  ],
  ["twice", model(x, whole, "x -> MultiHeadAttention(2) -> MultiHeadAttention(4, causal = true)")],
];

const sizes = { B: 2, T: 7, S: 5 };

const inputsOf = (entry: Entry): readonly Tensor[] => {
  const next = createStream(11);
  return entry.graph.inputs.map(({ type }) => {
    const shape = type.shape.map((dim) => evaluateDim(dim, new Map(Object.entries(sizes))));
    const count = shape.reduce((a, b) => a * b, 1);
    const element = (): number =>
      type.dtype === "f32" ? Math.fround(next() - 0.5) : Math.floor(2 * next());
    return tensor(type.dtype, shape, Array.from({ length: count }, element));
  });
};

const forwardOf = (text: string) => {
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => text, steps: false });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const [module] = modules;
  return { ...module!, entries: module!.entries.filter(({ name }) => name !== "stepping") };
};

/** Positions that no other axis has as many of. */
const many = 259;

/** Buffers with an element for every query and key. */
const pairsIn = (plan: EntryPlan): readonly string[] =>
  plan.slots
    .filter(({ shape, role }) => {
      const long = shape.map((dim) =>
        evaluateDim(dim, new Map(Object.entries({ B: 2, T: many, S: many }))),
      );
      return role === "temporary" && long.filter((extent) => extent === many).length > 1;
    })
    .map(({ name }) => name);

test.each(programs)(
  "attention %s stores no scores and gives the interpreter's numbers",
  async (_, text) => {
    const plan = await expectSame(forwardOf(text), inputsOf, sizes, 1e-5, { fewestScores: 1 });
    const forward = plan.entries.find(({ entry }) => entry.name === "forward")!;
    expect(pairsIn(forward)).toEqual([]);
    expect(forward.notes.filter((note) => note.startsWith("store the scores"))).toEqual([]);
  },
);

const kept: readonly (readonly [string, string, string])[] = [
  [
    "whose weights are asked for",
    `model Net(x: [B, T, 4]) -> (y: [B, T, 4], a: [B, T, T]) {
  let a = softmax(x @ transpose(x))
  return a @ x, a
}`,
    "they are asked for",
  ],
  [
    "with learned numbers for pairs",
    `model Net(x: [B, 7, 8]) -> (y: [B, 7, 8], d: [7, 7]) {
  param bias: [7, 7] ~ normal(0, 1)
  let y = softmax(x @ transpose(x) + bias) @ x
  return y, grad(sum(sin(y)), bias)
}`,
    "mixes its rows",
  ],
];

test.each(kept)("attention %s stores its scores", async (_, text, why) => {
  const plan = await expectSame(forwardOf(text), inputsOf, sizes, 1e-5, { fewestScores: 1 });
  const forward = plan.entries.find(({ entry }) => entry.name === "forward")!;
  expect(forward.notes.filter((note) => note.includes("the scores of")).join()).toContain(why);
});

test("a causal row reads nothing of later positions, not even what is no number", async () => {
  const text =
    "model Net(x: [1, 7, 8]) -> [1, 7, 8] { return x -> MultiHeadAttention(2, causal = true) }";
  const plan = lower(forwardOf(text), { fewestScores: 1 });
  const [program] = programsOf(await instantiatePlan(plan));
  const { entry } = plan.entries[0]!;
  const next = createStream(3);
  const inputs = entry.graph.inputs.map(({ type }, k) => {
    const shape = type.shape.map(Number);
    const count = shape.reduce((a, b) => a * b, 1);
    const isLast = (n: number): boolean => entry.inputs[k]!.kind === "data" && n >= count - 8;
    const element = (_: unknown, n: number): number =>
      isLast(n) ? NaN : Math.fround(next() - 0.5);
    return tensor("f32", shape, Array.from({ length: count }, element));
  });
  const [y] = runProgram(plan, program!, inputs, {}).outputs;
  expect([...y!.data].map(Number.isNaN)).toEqual(Array.from({ length: 56 }, (_, n) => n >= 48));
});

test("few scores are stored", () => {
  const plan = lower(forwardOf(programs[0]![1].replaceAll("B, T, 8", "2, 7, 8")));
  expect(
    plan.entries.flatMap(({ notes }) => notes.filter((n) => n.includes("the scores"))),
  ).toEqual([]);
});

test("training with dropout of the weights gives the interpreter's numbers", async () => {
  const text = `model Net(x: [B, ${many}, 2]) -> [B, ${many}, 2] {
  return x -> MultiHeadAttention(1, causal = true, dropout = 0.2)
}
train Fit {
  data x: [B, ${many}, 2], y: [B, ${many}, 2]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
  batch: 1
}`;
  const module = compileProgram(text, "Fit");
  const next = createStream(5);
  const draw = (): Tensor =>
    tensor(
      "f32",
      [1, many, 2],
      Array.from({ length: 2 * many }, () => Math.fround(next() - 0.5)),
    );
  const batches = [draw(), draw()].map(
    (one) =>
      new Map([
        ["x", one],
        ["y", draw()],
      ]),
  );
  const apart = await trainingApart(module, (n) => batches[n]!, 2);
  for (const [what, difference] of apart) expect(difference, what).toBeLessThan(1e-4);
  const step = lower(optimise(module)).entries.find(({ entry }) => entry.name === "step")!;
  expect(pairsIn(step)).toEqual([]);
});
