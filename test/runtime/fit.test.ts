// The training loop: limits, validation, early stopping, checkpoints, and resuming with the same bits.
import { describe, expect, test } from "vitest";
import type { Settings } from "../../runtime/abi.ts";
import { datasetOf, takeRows, type Dataset, type Source } from "../../runtime/data/dataset.ts";
import { fit, type EpochReport, type FitOptions } from "../../runtime/fit.ts";
import { normalAt, streamKey } from "../../runtime/random.ts";
import { startTrainer, Trainer, type TrainerOptions } from "../../runtime/trainer.ts";
import { expectError } from "./errors.ts";
import { inputs, linearRecipe, outputs, type RecipeOptions } from "./programs/linear.ts";

type Batch = { readonly x: Float32Array; readonly y: Float32Array };
type Log = { readonly step: number; readonly epoch: number; readonly loss: number };
type Metrics = { readonly loss: number; readonly rmse: number; readonly worst: number };

const create = (
  settings: Partial<Settings>,
  options: TrainerOptions = {},
  recipe: RecipeOptions = {},
) =>
  startTrainer(
    new Trainer<Batch, Log, Metrics>(
      linearRecipe({ ...recipe, settings: { batch: 4, ...settings } }),
    ),
    options,
  );

const dataOf = (count: number): Dataset => {
  const [key0, key1] = streamKey("data", 0, 0);
  const x = Float32Array.from({ length: count * inputs }, (_, i) => normalAt(key0, key1, 0, i));
  const y = Float32Array.from({ length: count * outputs }, (_, at) => {
    const row = Math.floor(at / outputs);
    return x[row * inputs]! * 2 - x[row * inputs + 1 + (at % outputs)]!;
  });
  return datasetOf([
    ["x", { dtype: "f32", shape: [inputs], values: x }],
    ["y", { dtype: "f32", shape: [outputs], values: y }],
  ]);
};

const table = (count: number): Source => ({ kind: "table", data: dataOf(count) });

const stream = (count: number): Source => ({
  kind: "stream",
  open: async function* () {
    const data = dataOf(count);
    for (let start = 0; start < count; start += 5) {
      yield takeRows(
        data,
        Array.from({ length: Math.min(5, count - start) }, (_, i) => start + i),
      );
    }
  },
});

type Run = { readonly final: Uint8Array; readonly checkpoints: readonly Uint8Array[] };

const train = async (
  settings: Partial<Settings>,
  options: FitOptions<Log, Metrics>,
  start: TrainerOptions = {},
  recipe: RecipeOptions = {},
): Promise<Run> => {
  const trainer = await create(settings, start, recipe);
  const checkpoints: Uint8Array[] = [];
  await fit(trainer, {
    ...options,
    onCheckpoint: async (bytes) => void checkpoints.push(bytes),
  });
  return { final: await trainer.save(), checkpoints };
};

describe("fit", () => {
  test("learns a table, in epochs of all its rows", async () => {
    const trainer = await create({ epochs: 40 });
    const report = await fit(trainer, { data: table(23) });
    // 23 rows in batches of 4: five full ones and one of 3.
    expect(report).toEqual({ reason: "epochs", epochs: 40, rounds: 240, validation: null });
    expect((await trainer.evaluate([batch(23)])).loss).toBeLessThan(0.01);
  });

  const batch = (count: number): Batch => {
    const { columns } = dataOf(count);
    return {
      x: columns.get("x")!.values as Float32Array,
      y: columns.get("y")!.values as Float32Array,
    };
  };

  test("sees every row once per epoch, in another order each time", async () => {
    const seen: number[][] = [[], []];
    const trainer = await create({ epochs: 2 });
    const step = trainer.step.bind(trainer);
    trainer.step = async (given) => {
      seen[trainer.progress.epoch]!.push(...given.x.filter((_, i) => i % inputs === 0));
      return step(given);
    };
    await fit(trainer, { data: table(23) });
    const rows = [...batch(23).x.filter((_, i) => i % inputs === 0)];
    expect(seen[0]!.toSorted()).toEqual(rows.toSorted());
    expect(seen[1]!.toSorted()).toEqual(rows.toSorted());
    expect(seen[0]).not.toEqual(rows);
    expect(seen[0]).not.toEqual(seen[1]);
  });

  test("stops after its rounds, repeating the data", async () => {
    const trainer = await create({ epochs: Infinity, steps: 17 });
    const report = await fit(trainer, { data: table(23) });
    expect(report).toEqual({ reason: "steps", epochs: 2, rounds: 17, validation: null });
  });

  test("drops the last smaller batch when asked", async () => {
    const trainer = await create({ epochs: 3, dropLast: true });
    expect((await fit(trainer, { data: table(23) })).rounds).toBe(15);
  });

  test("logs every so many rounds and reports every epoch", async () => {
    const steps: number[] = [];
    const epochs: EpochReport<Log, Metrics>[] = [];
    const trainer = await create({ epochs: 2, logEvery: 5, validation: 0.2 });
    await fit(trainer, {
      data: table(30),
      onLog: (log) => void steps.push(log.step),
      onEpoch: (report) => void epochs.push(report),
    });
    expect(steps).toEqual([5, 10]);
    expect(epochs.map(({ epoch, rounds }) => [epoch, rounds])).toEqual([
      [1, 6],
      [2, 12],
    ]);
    expect(epochs[0]!.best).toBe(true);
    expect(epochs[1]!.validation!.loss).toBeLessThan(epochs[0]!.validation!.loss);
  });

  test("never trains on rows set aside for validation", async () => {
    const seen = new Set<number>();
    const trainer = await create({ epochs: 3, validation: 0.3 });
    const step = trainer.step.bind(trainer);
    trainer.step = async (given) => {
      given.x.forEach((value) => seen.add(value));
      return step(given);
    };
    await fit(trainer, { data: table(20) });
    expect(seen.size).toBe(14 * inputs);
  });

  test("stops when validation gets no better, with the best weights", async () => {
    const losses: number[] = [];
    const trainer = await create({ epochs: 500, earlyStop: 3, seed: 4 });
    // Noise in the steps keeps the loss from falling for ever.
    const report = await fit(trainer, {
      data: table(9),
      validation: table(13),
      onEpoch: ({ validation }) => void losses.push(validation!.loss),
    });
    expect(report.reason).toBe("early-stop");
    expect(losses.length).toBe(report.epochs);
    const best = Math.min(...losses);
    expect(losses.length - 1 - losses.indexOf(best)).toBe(3);
    expect(report.validation!.loss).toBe(best);
    expect((await trainer.evaluate([batch(13)])).loss).toBeCloseTo(best, 10);
  });

  test("stops at once when it is asked to, with a checkpoint", async () => {
    const controller = new AbortController();
    const saved: Uint8Array[] = [];
    const trainer = await create({ epochs: 100, logEvery: 1 });
    const report = await fit(trainer, {
      data: table(23),
      signal: controller.signal,
      onLog: (log) => log.step === 8 && controller.abort(),
      onCheckpoint: async (bytes) => void saved.push(bytes),
    });
    expect(report).toMatchObject({ reason: "aborted", epochs: 1, rounds: 8 });
    expect(saved.length).toBe(2);
    const resumed = await create({}, { checkpoint: saved[1]! });
    expect(resumed.progress).toEqual({ executions: 8, epoch: 1, batch: 2 });
  });

  test("lets timers run", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const trainer = await create({ epochs: Infinity, steps: null });
    const report = await fit(trainer, { data: table(23), signal: controller.signal });
    expect(report.reason).toBe("aborted");
  });

  test("does nothing when its limit is already reached", async () => {
    const first = await train({ epochs: 2 }, { data: table(9) });
    const again = await train({ epochs: 2 }, { data: table(9) }, { checkpoint: first.final });
    expect(again.final).toEqual(first.final);
  });
});

describe("resuming", () => {
  type Variant = {
    readonly name: string;
    readonly settings: Partial<Settings>;
    readonly data: Source;
    readonly steps?: RecipeOptions["steps"];
  };

  const variants: readonly Variant[] = [
    { name: "a shuffled table", settings: { epochs: 3 }, data: table(23) },
    { name: "a table in order", settings: { epochs: 3, shuffle: false }, data: table(23) },
    { name: "a table through a window", settings: { epochs: 3, shuffle: 7 }, data: table(23) },
    { name: "a stream through a window", settings: { epochs: 3, shuffle: 7 }, data: stream(23) },
    {
      name: "validation and averages",
      settings: { epochs: 3, validation: 0.2, earlyStop: 2, ema: 0.9 },
      data: table(23),
    },
    {
      name: "named steps",
      settings: { epochs: 3 },
      data: table(23),
      steps: [
        ["disc", 2],
        ["gen", 1],
      ],
    },
    { name: "accumulated gradients", settings: { epochs: 3, accumulate: 2 }, data: table(23) },
    { name: "rounds for epochs", settings: { epochs: Infinity, steps: 16 }, data: table(23) },
  ];

  test.each(variants)("$name gives the same bits from every checkpoint", async (variant) => {
    const { settings, data, steps } = variant;
    const recipe = steps === undefined ? {} : { steps };
    const every = { ...settings, checkpointEvery: 1, seed: 7 };
    const straight = await train(every, { data }, {}, recipe);
    expect(straight.checkpoints.length).toBeGreaterThan(6);
    for (const checkpoint of straight.checkpoints) {
      const resumed = await train(every, { data }, { checkpoint }, recipe);
      expect(resumed.final).toEqual(straight.final);
    }
  });

  test("more epochs than first planned equals planning them", async () => {
    const straight = await train({ epochs: 5, seed: 1 }, { data: table(23) });
    const first = await train({ epochs: 2, seed: 1 }, { data: table(23) });
    const checkpoint = first.checkpoints.at(-1)!;
    const resumed = await train({ epochs: 5, seed: 1 }, { data: table(23) }, { checkpoint });
    expect(resumed.final).toEqual(straight.final);
  });

  test("does not depend on how often checkpoints are taken", async () => {
    const often = await train({ epochs: 3, checkpointEvery: 1 }, { data: table(23) });
    const rarely = await train({ epochs: 3 }, { data: table(23) });
    expect(rarely.checkpoints.length).toBe(3);
    expect(often.final).toEqual(rarely.final);
  });
});

describe("fit refuses", () => {
  const run = (settings: Partial<Settings>, data: Source) => async () =>
    fit(await create({}), { data, settings });

  test.each<[Partial<Settings>, string]>([
    [{ batch: 0 }, "batch must be a whole number from 1, got 0"],
    [{ epochs: -1 }, "epochs"],
    [{ epochs: NaN }, "epochs"],
    [{ steps: 1.5 }, "steps"],
    [{ logEvery: 0 }, "logEvery"],
    [{ checkpointEvery: -2 }, "checkpointEvery"],
    [{ validation: 1 }, "validation is a share"],
    [{ earlyStop: 2 }, "earlyStop needs validation data"],
  ])("settings %j", (settings, message) =>
    expectError(run(settings, table(9)), "bad-option", message),
  );

  test("data without a field, or of another type or width", async () => {
    const { columns } = dataOf(5);
    const x = columns.get("x")!;
    const y = columns.get("y")!;
    const source = (entries: readonly (readonly [string, typeof x])[]): Source => ({
      kind: "table",
      data: datasetOf(entries),
    });
    await expectError(run({}, source([["x", x]])), "bad-data", "no `y`", "it has `x`");
    const whole = { ...y, dtype: "i32" as const, values: new Int32Array(5 * outputs) };
    await expectError(
      run(
        {},
        source([
          ["x", x],
          ["y", whole],
        ]),
      ),
      "bad-data",
      "should be f32",
    );
    const wide = { ...y, shape: [1], values: new Float32Array(5) };
    await expectError(
      run(
        {},
        source([
          ["x", x],
          ["y", wide],
        ]),
      ),
      "bad-data",
      "needs 2 values",
    );
  });

  test("data without a single batch", async () => {
    await expectError(run({}, table(0)), "bad-data", "no batch");
    await expectError(run({ dropLast: true }, table(3)), "bad-data", "no batch of 4");
  });
});
