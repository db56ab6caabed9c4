// The verifier of plans: it refuses every way to lay buffers over each other that would change a number.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import { createPrelude } from "../../compiler/frontend/index.ts";
import { evaluateDim, sub } from "../../compiler/ir/dim.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { layOut } from "../../compiler/lower/plan.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { sizesToVerifyWith, verifyPlan } from "../../compiler/lower/verify-plan.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { runProgram } from "../backends/run-entry.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";

const prelude = createPrelude();

const source = `
model Net(x: [B, T, 5]) -> [B, 3] {
  let h = x -> scan T { Gru(4) -> Dense(3) -> tanh }
  return last(h -> Conv1d(3, 2), 1) -> LayerNorm() -> Dense(3)
}
train Fit {
  data x: [B, T, 5], y: [B, 3]
  batch: 7
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1, momentum = 0.9)
}`;

const modulesOf = (text: string) => {
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => text, prelude });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return modules;
};

/** With `T` known the buffers of the step have fixed places, else regions. */
const planOf = (T: "T" | 6): Plan =>
  lower(modulesOf(source.replace("data x: [B, T,", `data x: [B, ${T},`)).at(-1)!);
const stepOf = (plan: Plan): EntryPlan => plan.entries.find(({ entry }) => entry.name === "step")!;
const changed = (plan: Plan, change: Partial<EntryPlan>): Plan => ({
  ...plan,
  entries: plan.entries.map((one) => (one === stepOf(plan) ? { ...one, ...change } : one)),
});
const messageOf = (plan: Plan): string => {
  try {
    verifyPlan(plan);
    return "";
  } catch (error) {
    return String(error);
  }
};

test.each(["T", 6] as const)(
  "any two buffers on each other are refused, or change no bit (%s steps)",
  { timeout: 120_000 },
  async (T) => {
    const plan = planOf(T);
    const step = stepOf(plan);
    const program = ((await instantiatePlan(plan)) as TrainProgram).steps[0]!.entry;
    const sizes = { B: 7, ...(T === "T" ? { T: 6 } : {}) };
    const env = new Map(Object.entries(sizes));
    const next = createStream(5);
    const inputs = step.entry.graph.inputs.map(({ type: { dtype, shape } }) =>
      drawTensor({ dtype, shape: shape.map((d) => evaluateDim(d, env)), range: [0.1, 1] }, next),
    );
    const own = layOut(step, env, true);
    /** Slot `b` where slot `a` is, all others apart. */
    const sharing = (a: number, b: number): Plan => {
      const regionOf = own.offsets.map((_, slot) => slot).with(b, a);
      const offsets = own.offsets.with(b, own.offsets[a]!);
      const slabOf = offsets.map(() => 0);
      const memory: EntryPlan["memory"] =
        T === "T"
          ? { kind: "regions", regionOf, slabOf, firsts: [0] }
          : // Whatever lies where the last one is has room.
            { kind: "fixed", offsets, end: 2 * own.end, slabOf, starts: [step.base] };
      return changed(plan, { memory });
    };
    const run = (shared: Plan): string => {
      const layout = () => layOut(stepOf(shared), env);
      const { outputs } = runProgram(plan, { ...program, layout }, inputs, sizes);
      return JSON.stringify(outputs.map(({ data }) => [...data]));
    };
    const want = run(plan);
    let [refused, harmful] = [0, 0];
    for (const a of own.offsets.keys())
      for (const b of own.offsets.keys()) {
        if (a === b) continue;
        const shared = sharing(a, b);
        const isRefused = messageOf(shared) !== "";
        const isHarmful = run(shared) !== want;
        const names = `${step.slots[b]!.name} over ${step.slots[a]!.name}`;
        expect(isHarmful && !isRefused, names).toBe(false);
        refused += Number(isRefused);
        harmful += Number(isHarmful);
      }
    const pairs = own.offsets.length * (own.offsets.length - 1);
    console.log(`${pairs} pairs, ${refused} refused, ${harmful} with other bits`);
    expect(harmful).toBeGreaterThan(pairs / 10);
    expect(refused).toBeLessThan(pairs);
  },
);

test("what is read before it is written is refused", () => {
  const plan = planOf("T");
  const { dispatches } = stepOf(plan);
  dispatches.forEach(({ args }, k) => {
    // Without an update a stored tensor only stays as it was.
    if (args.at(-1)!.kind === "stored") return;
    const rest = dispatches.filter((_, position) => position !== k);
    const message = messageOf(changed(plan, { dispatches: rest, commit: null }));
    expect(message, `without ${k}`).toContain("lies where");
  });
});

test("an arg that leaves its buffer is refused", () => {
  const plan = planOf("T");
  const { slots } = stepOf(plan);
  slots.forEach((slot, k) => {
    if (slot.words === 0) return;
    const shorter = slots.with(k, { ...slot, words: sub(slot.words, 1) });
    expect(messageOf(changed(plan, { slots: shorter })), slot.name).toContain(
      `${slot.name} (slot ${k}) is left`,
    );
  });
});

test("a stored tensor that is written before the loss is tested is refused", () => {
  const plan = planOf("T");
  const { commit, dispatches } = stepOf(plan);
  expect(commit).not.toBeNull();
  expect(messageOf(changed(plan, { commit: dispatches.length - 1 }))).toContain(
    "written before the loss",
  );
  expect(messageOf(changed(plan, { commit: 0 }))).toContain("is tested");
});

test("sizes are found to verify every entry of the examples and samples with", () => {
  const roots = ["../../examples/", "../cases/grammar/samples/"].map(
    (path) => new URL(path, import.meta.url),
  );
  const files = roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".dlm"))
      .map((name) => new URL(name, root)),
  );
  const entries = files.flatMap((file) => {
    const { modules } = compile({
      entry: file.pathname,
      read: (path) => readFileSync(path.replace(/\/(\d\d)_(?=[^/]*$)/, "/$1-"), "utf8"),
      prelude,
      optimise: false,
    });
    return modules.flatMap((module) => module.entries);
  });
  expect(entries.length).toBeGreaterThan(50);
  expect(entries.filter((entry) => sizesToVerifyWith(entry) === null)).toEqual([]);
});
