// Which way of each kernel is measured and taken, with times that are made up; and that real trials of all ways agree.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wayText } from "../../../compiler/backends/wgsl/candidates.ts";
import { choicesOn } from "../../../compiler/backends/wgsl/index.ts";
import { planLaunches } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { anyDevice } from "../../../compiler/backends/wgsl/tiles.ts";
import { timeInTurns } from "../../../compiler/backends/wgsl/time-in-turns.ts";
import type { Sampler } from "../../../compiler/backends/wgsl/time-in-turns.ts";
import { differenceOf, toleranceOf } from "../../../compiler/backends/wgsl/tolerance.ts";
import { trialOf } from "../../../compiler/backends/wgsl/trial.ts";
import { tune, worthMeasuring } from "../../../compiler/backends/wgsl/tune.ts";
import type { TuneEvent, TuneOptions, Tuning } from "../../../compiler/backends/wgsl/tune.ts";
import { tasksOf } from "../../../compiler/backends/wgsl/tuning-tasks.ts";
import type { Task } from "../../../compiler/backends/wgsl/tuning-tasks.ts";
import { sizesFor } from "../../../compiler/cli/inspect/entry-sizes.ts";
import { webgpu } from "../../../compiler/costs/webgpu.ts";
import type { EntryPlan, Plan } from "../../../compiler/lower/plan.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { createFill } from "../../../runtime/webgpu/made-up-words.ts";
import { openTrials } from "../../../runtime/webgpu/trials.ts";
import type { Trial, Trials } from "../../../runtime/webgpu/trials.ts";
import { floatsOf } from "../../../runtime/half.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "./device.ts";
import { tunedFile } from "./tuned-file.ts";

const planOf = (text: string, precision: "f32" | "mixed" = "f32"): Plan => {
  const { modules } = compile({ entry: "a.dlm", read: () => text, steps: false, precision });
  return lower(modules.at(-1)!, { target: webgpu, fewestScores: 1 });
};
const tasksIn = (plan: Plan, batch = 3): readonly Task[] =>
  tasksOf([plan], anyDevice, (entry) => sizesFor(entry, batch, 5));

const attention = `model Net(x: [B, 40, 6]) -> [B, 40, 6] {
  return x -> MultiHeadAttention(2, causal = true)
}`;
const rows = `model Net(x: [B, 40], y: [B, 70]) -> (a: [B, 40], b: [B, 70]) {
  return softmax(x), softmax(y)
}`;

/** Tasks whose ways a fake device tells apart, and one that takes made-up microseconds for them. */
const faked = (
  tasks: readonly Task[],
  microseconds: (text: string, kernel: string) => number,
  output: (text: string) => number = () => 1,
): { readonly tasks: readonly Task[]; readonly trials: Trials; readonly started: string[] } => {
  const texts = new Map<Trial, readonly [text: string, kernel: string]>();
  const started: string[] = [];
  const named = (task: Task): Task => ({
    ...task,
    candidates: task.candidates.map(({ text, start }) => ({
      text,
      start: async () => {
        const trial = await start();
        texts.set(trial, [text, task.sample.kernel.name]);
        return trial;
      },
    })),
    then: (text) => task.then(text).map(named),
  });
  const trials: Trials = {
    device: "a device",
    dispose: () => {},
    start: async (trial) => {
      const [text, kernel] = texts.get(trial)!;
      started.push(text);
      const us = microseconds(text, kernel);
      if (us < 0) throw new Error("too large");
      return {
        outputs: [Float32Array.of(output(text))],
        sample: async (count) => {
          if (us === Infinity) throw new Error("the device is lost");
          return (count * us) / 1000;
        },
        dispose: () => {},
      };
    },
  };
  return { tasks: tasks.map(named), trials, started };
};

const always: TuneOptions = { top: 3, isOver: () => false, report: () => {} };

const fastestOf = ({ entries }: Tuning): readonly string[] =>
  Object.values(entries).map(({ way }) => way);

describe("tuning", () => {
  test("takes the fastest, and the kernels are planned so", async () => {
    const plan = planOf(rows);
    const found = tasksIn(plan);
    expect(found).toHaveLength(2);
    const texts = found.map(({ candidates }) => candidates.map(({ text }) => text));
    // Of each the third, so that the first two do not happen to be right.
    const { tasks, trials, started } = faked(found, (text) =>
      texts.some((list) => list[2] === text) ? 5 : 9,
    );
    const tuning = await tune(tasks, trials, always);
    expect(started).toEqual(texts.flatMap((list) => list.slice(0, 3)));
    expect(fastestOf(tuning)).toEqual(texts.map((list) => list[2]));
    for (const entry of Object.values(tuning.entries)) {
      expect(entry).toMatchObject({ microseconds: 5, sizes: { B: 3 } });
      expect(entry.model.microseconds).toBe(9);
    }
    const choices = choicesOn({ tuned: tunedFile(tuning.entries) })("f32");
    const planned = plan.kernels.flatMap(({ kernel }) => planLaunches(kernel, choices).launches);
    expect(planned.map(({ way }) => wayText(way))).toEqual(fastestOf(tuning));
  });

  test("keeps to costs where another way saves next to nothing", async () => {
    const [task] = tasksIn(planOf(rows));
    const model = task!.candidates[0]!.text;
    for (const [other, way] of [
      [9.8, model],
      [9.6, task!.candidates[1]!.text],
    ] as const) {
      const { tasks, trials } = faked([task!], (text) => (text === model ? 10 : other));
      const { entries } = await tune(tasks, trials, { ...always, top: 2 });
      expect(entries[task!.key]).toMatchObject({ way, model: { way: model, microseconds: 10 } });
    }
  });

  test("leaves out what gives other results and what the device refuses, and says so", async () => {
    const [task] = tasksIn(planOf(rows));
    const [model, wrong, refused, good] = task!.candidates.map(({ text }) => text);
    const { tasks, trials } = faked(
      [task!],
      (text) => (text === refused ? -1 : text === wrong ? 1 : text === good ? 6 : 10),
      (text) => (text === wrong ? 1.001 : 1),
    );
    const events: TuneEvent[] = [];
    const report = (event: TuneEvent): void => void events.push(event);
    const tuning = await tune(tasks, trials, { ...always, top: 4, report });
    expect(fastestOf(tuning)).toEqual([good]);
    const left = events.flatMap((e) => (e.kind === "refused" ? [[e.way, e.why]] : []));
    expect(left).toEqual([
      [wrong, expect.stringContaining(`other results than \`${model}\`, which is a bug of dlm`)],
      [refused, "too large"],
    ]);
  });

  test("keeps what it has where a device is lost", async () => {
    const found = tasksIn(planOf(rows));
    const lost = found[1]!.sample.kernel.name;
    const { tasks, trials } = faked(found, (_, kernel) => (kernel === lost ? Infinity : 5));
    const events: TuneEvent[] = [];
    const report = (event: TuneEvent): void => void events.push(event);
    const { entries } = await tune(tasks, trials, { ...always, report });
    expect(Object.keys(entries)).toEqual([found[0]!.key]);
    expect(events.at(-1)).toMatchObject({ kind: "refused", why: "the device is lost" });
  });

  test("measures nothing where the way that costs say is refused", async () => {
    const [task] = tasksIn(planOf(rows));
    const model = task!.candidates[0]!.text;
    const { tasks, trials, started } = faked([task!], (text) => (text === model ? -1 : 5));
    expect((await tune(tasks, trials, always)).entries).toEqual({});
    expect(started).toEqual([model]);
  });

  test("stops when the time is over, and goes on from what is known", async () => {
    const found = tasksIn(planOf(rows));
    const { tasks, trials, started } = faked(found, () => 5);
    let asked = 0;
    const first = await tune(tasks, trials, { ...always, isOver: () => ++asked > 1 });
    expect([Object.keys(first.entries), first.left]).toEqual([[found[0]!.key], 1]);
    started.length = 0;
    const second = await tune(tasks, trials, always, first.entries);
    expect(Object.keys(second.entries)).toEqual(found.map(({ key }) => key));
    expect(started).toEqual(found[1]!.candidates.slice(0, 3).map(({ text }) => text));
    // A way that there is no more is measured again.
    const stale = { [found[0]!.key]: { ...first.entries[found[0]!.key]!, way: "by hand" } };
    const third = await tune(tasks, trials, always, stale);
    expect(third.entries).toEqual(second.entries);
  });

  test("of attention measures the whole kernel, and row by row its launches too", async () => {
    const plan = planOf(attention);
    const isBlocks = (text: string): boolean => text.startsWith("blocks");
    const [task, ...more] = tasksIn(plan).filter(({ candidates }) =>
      candidates.some(({ text }) => isBlocks(text)),
    );
    expect(more).toEqual([]);
    const texts = task!.candidates.map(({ text }) => text);
    expect(texts.toSorted()).toEqual(["blocks of 64 x 32", "row by row"]);
    for (const blocks of [20, 2]) {
      const { tasks, trials, started } = faked([task!], (text) => (isBlocks(text) ? blocks : 10));
      const tuning = await tune(tasks, trials, { ...always, top: 2 });
      expect(tuning.entries[task!.key]!.way).toBe(
        texts.find((text) => isBlocks(text) === blocks < 10),
      );
      const choices = choicesOn({ tuned: tunedFile(tuning.entries) })("f32");
      const { launches } = planLaunches(task!.sample.kernel, choices);
      expect(launches.some(({ way }) => way.kind === "attention")).toBe(blocks < 10);
      // Both as a whole, then ways of the launches.
      expect(started.slice(0, 2)).toEqual(texts);
      expect(started.length > 2).toBe(blocks > 10);
    }
  });

  test("looks at what costs most, and not at the last 2 %", () => {
    const [task] = tasksIn(planOf(rows));
    const costs = (...list: readonly number[]): readonly number[] =>
      worthMeasuring(list.map((cost) => ({ ...task!, cost }))).map(({ cost }) => cost);
    expect(costs(60, 38.5, 1, 0.5)).toEqual([60, 38.5]);
    expect(costs(60, 37.5, 2, 0.5)).toEqual([60, 37.5, 2]);
    const one = { ...task!, candidates: task!.candidates.slice(0, 1) };
    expect(worthMeasuring([one, task!])).toEqual([task]);
  });

  test("counts a kernel once, with all its runs", () => {
    const plan = planOf(rows);
    const sizesOf = (entry: EntryPlan): ReadonlyMap<string, number> => sizesFor(entry, 3, 5);
    const [once, twice] = [[plan], [plan, plan]].map((plans) =>
      tasksOf(plans, anyDevice, sizesOf).map(({ key, cost }) => ({ key, cost })),
    );
    expect(twice).toEqual(once!.map(({ key, cost }) => ({ key, cost: 2 * cost })));
    const loop = (steps: number): string =>
      `let T = ${steps}\nmodel Net(x: [B, T, 30]) -> [B, T, 40] { return x -> scan T { Gru(40) } }`;
    const costs = [1, 9].map((steps) => tasksIn(planOf(loop(steps)))[0]!.cost);
    expect(costs[1]).toBeGreaterThan(2 * costs[0]!);
  });
});

describe("times in turns", () => {
  /** Milliseconds of each sample in turn, and which were taken. */
  const sampler = (name: string, log: string[], msOf: (n: number) => number): Sampler => {
    let samples = 0;
    return {
      sample: async (count) => {
        log.push(name);
        return count * msOf(samples++);
      },
    };
  };

  test("are medians of samples of three milliseconds and more", async () => {
    const counts: number[] = [];
    const one: Sampler = {
      sample: async (count) => {
        counts.push(count);
        // One sample that something else disturbed.
        return count * (counts.length === 8 ? 0.9 : 0.1);
      },
    };
    const times = await timeInTurns(
      new Map([
        ["a", one],
        ["b", sampler("b", [], () => 0.12)],
      ]),
    );
    expect(times.get("a")).toBeCloseTo(0.1, 9);
    expect(times.get("b")).toBeCloseTo(0.12, 9);
    expect(counts.at(-1)! * 0.1).toBeGreaterThanOrEqual(3);
    expect(counts).toHaveLength(8);
  });

  test("of what is far behind are taken once", async () => {
    const log: string[] = [];
    const all = new Map(
      [4, 5, 9].map((ms) => [String(ms), sampler(String(ms), log, () => ms)] as const),
    );
    const times = await timeInTurns(all);
    expect([...times.values()]).toEqual([4, 5, 9]);
    // To warm up, and one that counts.
    expect(log.filter((name) => name === "9")).toHaveLength(2);
    expect(log.filter((name) => name === "4")).toHaveLength(6);
    expect(log.slice(-4)).toEqual(["5", "4", "4", "5"]);
  });
});

describe("made-up numbers", () => {
  test("are between 0.25 and 1, differ from buffer to buffer, and indices are 0", () => {
    const words = new Int32Array(70_005).fill(-1);
    const fill = createFill(true);
    fill(words, 2, 70_000, "f32", 0);
    const floats = new Float32Array(words.buffer).subarray(2, 70_002);
    expect(floats.every((x) => x >= 0.25 && x < 1)).toBe(true);
    expect(new Set(floats).size).toBeGreaterThan(60_000);
    expect([words[1], words[70_002]]).toEqual([-1, -1]);
    const others = new Int32Array(9);
    fill(others, 0, 9, "f32", 1);
    expect([...others]).not.toEqual([...words.subarray(2, 11)]);
    fill(words, 0, 9, "half", 0);
    const halves = floatsOf(words, 18);
    expect(halves.every((x) => x >= 0.25 && x < 1)).toBe(true);
    expect(new Set(halves).size).toBeGreaterThan(10);
    fill(words, 3, 3, "whole", 0);
    expect([...words.subarray(3, 6)]).toEqual([0, 0, 0]);
  });
});

describe("results", () => {
  test("may differ by rounding, and no more", () => {
    const [{ sample }] = tasksIn(planOf(rows)) as [Task];
    const tolerance = toleranceOf(sample.kernel, sample.sizes, false);
    const wanted = [Float32Array.of(1, NaN, Infinity, 50), Int32Array.of(3, 4)];
    const [floats, whole] = wanted as [Float32Array, Int32Array];
    const given = (index: number, value: number): Float32Array => floats.with(index, value);
    expect(differenceOf(wanted, [given(3, 50 + 20 * tolerance), whole], tolerance)).toBeNull();
    expect(differenceOf(wanted, [given(3, 50 + 99 * tolerance), whole], tolerance)).toContain(
      "element 3 of result 1",
    );
    for (const other of [given(0, NaN), given(1, 1), given(2, 1e30), given(2, NaN)])
      expect(differenceOf(wanted, [other, whole], tolerance)).not.toBeNull();
    expect(differenceOf(wanted, [floats, Int32Array.of(3, 5)], 1)).toContain("is 5, not 4");
    const more = toleranceOf(sample.kernel, sample.sizes, true);
    expect(more).toBeGreaterThan(100 * tolerance);
  });
});

describe.skipIf(!hasSwiftShader)(`trials (${needsSwiftShader})`, () => {
  let trials: Trials | null = null;
  beforeAll(async () => {
    trials = await openTrials({ halves: true, modules: [] }, { gpu: swiftShaderGpu() });
  });
  afterAll(() => trials?.dispose());

  const trained = `model Net(x: [B, 5]) -> [B, 3] { return x -> Dense(400) -> LayerNorm() -> tanh -> Dense(3) }
train Fit {
  data x: [B, 5], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.01)
}`;

  /** A shader of a large tile takes seconds to compile. */
  const isQuick = (text: string): boolean => !/^(tiles|blocks)/.test(text);

  test.each(["f32", "mixed"] as const)(
    "of all ways of a training step in %s agree",
    { timeout: 300_000 },
    async (precision) => {
      const plan = planOf(trained, precision);
      expect(plan.entries.some(({ halves }) => halves.size > 0)).toBe(precision === "mixed");
      let compared = 0;
      for (const { sample, candidates } of tasksIn(plan, 3)) {
        const { kernel, sizes, sharing } = sample;
        const tolerance = toleranceOf(kernel, sizes, sharing.halves.includes(true));
        const found = [];
        for (const { text, start } of candidates.filter((one) => isQuick(one.text)).slice(0, 2)) {
          const one = await trials!.start(await start());
          found.push({ text, outputs: one.outputs });
          expect(await one.sample(2)).toBeGreaterThan(0);
          one.dispose();
        }
        const [first, ...others] = found;
        for (const { text, outputs } of others) {
          expect([text, differenceOf(first!.outputs, outputs, tolerance)]).toEqual([text, null]);
          expect(outputs.some((values) => values.some((x) => x !== 0))).toBe(true);
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(8);
    },
  );

  test("that are refused reject", async () => {
    const [task] = tasksIn(planOf(rows));
    const trial = await task!.candidates[0]!.start();
    const broken = { ...trial.program, modules: ["fn nothing() {}"] };
    await expect(trials!.start({ ...trial, program: broken })).rejects.toThrow("bug of dlm");
    const huge = { ...trial.program.kernels[0]!, words: () => [2 ** 36, 2 ** 36] };
    const tooLarge = { ...trial.program, kernels: [huge] };
    await expect(trials!.start({ ...trial, program: tooLarge })).rejects.toThrow();
    // The device goes on.
    const again = await trials!.start(await trialOf(task!.sample, {}, null));
    expect(again.outputs[0]!.length).toBe(3 * 70);
    again.dispose();
  });
});
