// Trainers: steps learn, counters follow the semantics, metrics fold exactly, resuming gives the same bits.
import { describe, expect, test } from "vitest";
import type { EntryProgram, TrainProgram } from "../../runtime/abi.ts";
import { startTrainer, Trainer, type TrainerOptions } from "../../runtime/trainer.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import { expectError } from "./errors.ts";
import { inputs, linearModel, linearRecipe, outputs } from "./programs/linear.ts";
import { Model, startModel } from "../../runtime/model.ts";
import { normalAt, streamKey } from "../../runtime/random.ts";

type Batch = { readonly x: Float32Array; readonly y: Float32Array };
type Log = {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly worst: number;
};
type Metrics = { readonly loss: number; readonly rmse: number; readonly worst: number };

class LinearTrainer<L = Log> extends Trainer<Batch, L, Metrics> {
  readonly net = this.model<{ readonly x: Float32Array }, Float32Array>("net");
}

const create = (program: TrainProgram, options: TrainerOptions = {}) =>
  startTrainer(new LinearTrainer(program), options);

const [key0, key1] = streamKey("data", 0, 0);

/** A batch of the function y = x · [[1, -1], [2, 0], [0, 3]] + 0.5. */
const batchOf = (index: number, size = 7): Batch => {
  const x = Float32Array.from({ length: size * inputs }, (_, i) => normalAt(key0, key1, index, i));
  const truth = [1, -1, 2, 0, 0, 3];
  const y = Float32Array.from({ length: size * outputs }, (_, at) => {
    const row = Math.floor(at / outputs);
    let sum = 0.5;
    for (let i = 0; i < inputs; i++)
      sum += x[row * inputs + i]! * truth[i * outputs + (at % outputs)]!;
    return sum;
  });
  return { x, y };
};

const batches = (count: number, from = 0): readonly Batch[] =>
  Array.from({ length: count }, (_, i) => batchOf(from + i));

const collect = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

describe("a trainer", () => {
  test("learns", async () => {
    const trainer = await create(linearRecipe());
    const logs = await collect(trainer.run(batches(60)));
    expect(logs[0]!.loss).toBeGreaterThan(1);
    expect(logs.at(-1)!.loss).toBeLessThan(0.01);
    const { loss } = await trainer.evaluate(batches(3, 1000));
    expect(loss).toBeLessThan(0.01);
  });

  test("logs step, epoch, loss, penalty and metrics", async () => {
    const trainer = await create(linearRecipe());
    await collect(trainer.run(batches(2)));
    const [log] = await collect(trainer.run(batches(1)));
    expect(log).toEqual({
      step: 3,
      epoch: 1,
      loss: expect.any(Number),
      penalty: 0,
      worst: expect.any(Number),
    });
  });

  test("takes batches from an asynchronous source", async () => {
    const straight = await create(linearRecipe());
    await collect(straight.run(batches(4)));
    const streamed = await create(linearRecipe());
    const source = async function* () {
      for (const batch of batches(4)) yield batch;
    };
    await collect(streamed.run(source()));
    expect(await streamed.save()).toEqual(await straight.save());
  });

  test("gives the same bits for the same seed, others for another", async () => {
    const [a, b, c] = [
      await create(linearRecipe(), { seed: 5 }),
      await create(linearRecipe({ settings: { seed: 5 } })),
      await create(linearRecipe(), { seed: 6 }),
    ];
    for (const trainer of [a, b, c]) await collect(trainer.run(batches(5)));
    expect(await a.save()).toEqual(await b.save());
    expect(await a.net.save()).not.toEqual(await c.net.save());
  });

  test("numbers the draws by executions and host scalars by updates", async () => {
    const seen: (readonly number[])[] = [];
    const base = linearRecipe({
      steps: [
        ["disc", 2],
        ["gen", 1],
      ],
    });
    const watched: TrainProgram = {
      ...base,
      steps: base.steps.map((step, s) => ({
        ...step,
        entry: {
          ...step.entry,
          scalars: [{ slot: 3, dtype: "f32", value: (update) => update }],
          run: ({ f32, i32 }, offsets) =>
            void seen.push([s, i32[offsets[4]! + 2]!, f32[offsets[3]!]!]),
        } satisfies EntryProgram,
      })),
    };
    const trainer = await create(watched);
    for (const batch of batches(7)) await trainer.step(batch);
    expect(seen).toEqual([
      [0, 0, 1],
      [0, 1, 2],
      [1, 2, 1],
      [0, 3, 3],
      [0, 4, 4],
      [1, 5, 2],
      [0, 6, 5],
    ]);
  });

  test("runs named steps as rounds and logs them by name", async () => {
    const recipe = linearRecipe({
      steps: [
        ["disc", 2],
        ["gen", 1],
      ],
    });
    const trainer = await startTrainer(new LinearTrainer<Record<string, unknown>>(recipe), {});
    const logs = await collect(trainer.run(batches(7)));
    expect(logs.length).toBe(2);
    const values = { loss: expect.any(Number), penalty: 0, worst: expect.any(Number) };
    expect(logs[1]).toEqual({ step: 2, epoch: 0, disc: values, gen: values });
    expect(trainer.progress).toEqual({ executions: 7, epoch: 1, batch: 0 });
    expect([trainer.rounds, trainer.atRoundEnd]).toEqual([2, false]);
  });

  test("shares its weights with its nets, whose files leave the prefix off", async () => {
    const trainer = await create(linearRecipe({ settings: { seed: 3 } }));
    await trainer.step(batchOf(0));
    const { x } = batchOf(1);
    const file = await trainer.net.save();
    expect([...readSafetensors(file).tensors.keys()].sort()).toEqual([
      "Dense_0.W",
      "Dense_0.b",
      "mean",
    ]);
    const tensors = new Map(readSafetensors(file).tensors);
    tensors.delete("mean");
    const alone = await startModel(new Model<{ x: Float32Array }, Float32Array>(linearModel), {
      weights: writeSafetensors(tensors),
    });
    expect(await alone.forward({ x })).toEqual(await trainer.net.forward({ x }));
    expect(Object.keys(trainer.net.params)).toEqual(["Dense_0.W", "Dense_0.b"]);
    trainer.net.dispose();
    await trainer.step(batchOf(1));
  });

  test("checks its batches", async () => {
    const trainer = await create(linearRecipe({ settings: { batch: 7 } }));
    const { x, y } = batchOf(0);
    await expectError(() => trainer.step({ x } as Batch), "missing-input", "`y: [B, 2]`");
    await expectError(() => trainer.step({ x, y: y.slice(2) }), "wrong-length", "linear.dlm");
    await expectError(() => trainer.step(batchOf(0, 8)), "DLM0411", "B is at most 7, got 8");
    await trainer.step(batchOf(0, 3));
    expect(trainer.progress.executions).toBe(1);
  });

  test("tells a step's sizes from fields that it does not read", async () => {
    const base = linearRecipe();
    const [step] = base.steps;
    const sizes: number[] = [];
    const noise: EntryProgram = {
      ...step!.entry,
      data: [],
      outputs: [],
      layout: () => ({
        offsets: new Array<number>(8).fill(base.storedWords),
        end: base.storedWords + 3,
      }),
      run: (_heap, _offsets, bound) => void sizes.push(...bound),
    };
    const trainer = await create({ ...base, steps: [{ ...step!, entry: noise }] });
    await trainer.step(batchOf(0, 5));
    await trainer.step(batchOf(0, 2));
    expect(sizes).toEqual([5, 2]);
    await expectError(() => trainer.step({ ...batchOf(0), z: 1 } as Batch), "unknown-input", "`z`");
  });

  test("refuses everything after dispose", async () => {
    const trainer = await create(linearRecipe());
    const file = await trainer.save();
    trainer.dispose();
    await expectError(() => trainer.step(batchOf(0)), "disposed", "`LinearTrainer`");
    await expectError(() => trainer.evaluate([batchOf(0)]), "disposed");
    await expectError(() => trainer.save(), "disposed");
    await expectError(() => trainer.load(file), "disposed");
    await expectError(() => trainer.net.forward({ x: batchOf(0).x }), "disposed");
  });
});

describe("evaluate", () => {
  test("folds exactly over ragged batches", async () => {
    const trainer = await create(linearRecipe());
    const sizes = [7, 1, 5, 3];
    const parts = sizes.map((size, i) => batchOf(i, size));
    const join = (pick: (batch: Batch) => Float32Array): Float32Array =>
      Float32Array.from(parts.flatMap((part) => [...pick(part)]));
    const whole: Batch = { x: join((b) => b.x), y: join((b) => b.y) };
    const predicted = await trainer.net.forward({ x: whole.x });
    const errors = [...predicted].map((value, i) => Math.fround(value - whole.y[i]!));
    const mse = errors.reduce((sum, e) => sum + e * e, 0) / errors.length;

    const folded = await trainer.evaluate(parts);
    expect(folded.loss).toBeCloseTo(mse, 6);
    expect(folded.rmse).toBe(Math.sqrt(folded.loss));
    expect(folded.worst).toBe(Math.max(...errors.map(Math.abs)));
    const batchMeans = await Promise.all(parts.map((p) => trainer.evaluate([p])));
    const naive = batchMeans.reduce((sum, m) => sum + m.loss, 0) / parts.length;
    expect(Math.abs(naive - mse)).toBeGreaterThan(1e-3);
  });

  test("changes nothing and repeats", async () => {
    const trainer = await create(linearRecipe());
    const before = await trainer.save();
    const first = await trainer.evaluate(batches(3));
    expect(await trainer.evaluate(batches(3))).toEqual(first);
    expect(await trainer.save()).toEqual(before);
  });

  test("refuses an empty set", async () => {
    const trainer = await create(linearRecipe());
    await expectError(() => trainer.evaluate([]), "bad-data");
  });
});

describe("a checkpoint", () => {
  test.each([
    [0, linearRecipe()],
    [4, linearRecipe()],
    [
      5,
      linearRecipe({
        steps: [
          ["disc", 2],
          ["gen", 1],
        ],
      }),
    ],
    [6, linearRecipe({ settings: { ema: 0.9 } })],
    [3, linearRecipe({ settings: { accumulate: 2 } })],
  ])("after %i of 11 batches goes on with the same bits", async (stop, program) => {
    const straight = await create(program, { seed: 2 });
    for (const batch of batches(11)) await straight.step(batch);

    const first = await create(program, { seed: 2 });
    for (const batch of batches(stop)) await first.step(batch);
    const checkpoint = await first.save();
    first.dispose();
    const second = await create(program, { checkpoint });
    expect(second.seed).toBe(2);
    for (const batch of batches(11 - stop, stop)) await second.step(batch);
    expect(await second.save()).toEqual(await straight.save());
    expect(await second.evaluate(batches(2))).toEqual(await straight.evaluate(batches(2)));
  });

  test("holds weights, buffers, optimizer state, averages and notes", async () => {
    const trainer = await create(linearRecipe({ settings: { ema: 0.5 } }));
    trainer.notes.set("fit", "{}");
    trainer.metadata.set("normalise", "…");
    await trainer.keepBest();
    const { tensors, metadata } = readSafetensors(await trainer.save());
    const stored = ["net.Dense_0.W", "net.Dense_0.b"];
    expect([...tensors.keys()].sort()).toEqual(
      [
        ...stored.flatMap((p) => [p, `${p}:m`, `${p}:ema`, `${p}:best`, `${p}:ema:best`]),
        "net.mean",
        "net.mean:best",
      ].sort(),
    );
    expect(metadata.get("dlm.note.fit")).toBe("{}");
    const again = await create(linearRecipe({ settings: { ema: 0.5 } }), {
      checkpoint: await trainer.save(),
    });
    expect(again.notes).toEqual(new Map([["fit", "{}"]]));
    expect(readSafetensors(await again.net.save()).metadata).toEqual(new Map([["normalise", "…"]]));
  });

  test("is refused when it is not of this recipe, and changes nothing", async () => {
    const trainer = await create(linearRecipe());
    const before = await trainer.save();
    await expectError(async () => trainer.load(await trainer.net.save()), "checkpoint-mismatch");
    const other = await create({ ...linearRecipe(), name: "Other" });
    await expectError(
      async () => trainer.load(await other.save()),
      "checkpoint-mismatch",
      "`Other`",
    );
    const { tensors, metadata } = readSafetensors(before);
    const fewer = new Map(tensors);
    fewer.delete("net.Dense_0.W:m");
    await expectError(
      () => trainer.load(writeSafetensors(fewer, metadata)),
      "weights-mismatch",
      "`net.Dense_0.W:m` F32 [3, 2] is missing",
    );
    for (const progress of ["", "[]", "null", '{"recipe":"LinearTrainer","executions":-1}']) {
      const broken = new Map(metadata).set("dlm.training", progress);
      await expectError(
        () => trainer.load(writeSafetensors(tensors, broken)),
        "checkpoint-mismatch",
      );
    }
    for (const logs of ["", "3", '[["disc",null]]']) {
      const broken = new Map(metadata).set("dlm.logs", logs);
      await expectError(
        () => trainer.load(writeSafetensors(tensors, broken)),
        "checkpoint-mismatch",
        "logs",
      );
    }
    expect(await trainer.save()).toEqual(before);
  });

  test("brings back the best weights", async () => {
    const trainer = await create(linearRecipe({ settings: { ema: 0.9 } }));
    for (const batch of batches(5)) await trainer.step(batch);
    await trainer.keepBest();
    const best = await trainer.evaluate(batches(2));
    for (const batch of batches(5)) await trainer.step(batch);
    expect(await trainer.evaluate(batches(2))).not.toEqual(best);
    const resumed = await create(linearRecipe({ settings: { ema: 0.9 } }), {
      checkpoint: await trainer.save(),
    });
    resumed.restoreBest();
    expect(await resumed.evaluate(batches(2))).toEqual(best);
  });
});

describe("averaged weights", () => {
  test("follow the weights by the decay and are what evaluate and save use", async () => {
    const trainer = await create(linearRecipe({ settings: { ema: 0.75 } }));
    const weight = () => trainer.net.params["Dense_0.W"]!;
    const average = await weight().read();
    for (const batch of batches(3)) {
      await trainer.step(batch);
      const now = await weight().read();
      average.forEach((value, i) => (average[i] = value + (1 - 0.75) * (now[i]! - value)));
    }
    const saved = readSafetensors(await trainer.net.save()).tensors.get("Dense_0.W")!;
    expect(new Float32Array(saved.bytes.slice().buffer)).toEqual(average);

    const raw = await create(linearRecipe());
    for (const batch of batches(3)) await raw.step(batch);
    expect(await weight().read()).toEqual(await raw.net.params["Dense_0.W"]!.read());
    const averaged = await trainer.evaluate(batches(1));
    expect(averaged).not.toEqual(await raw.evaluate(batches(1)));
    weight().write(average);
    raw.net.params["Dense_0.W"]!.write(average);
    const bias = readSafetensors(await trainer.net.save()).tensors.get("Dense_0.b")!;
    raw.net.params["Dense_0.b"]!.write(new Float32Array(bias.bytes.slice().buffer));
    expect(await raw.evaluate(batches(1))).toEqual(averaged);
  });
});

describe("accumulate", () => {
  test("updates once per k batches", async () => {
    const trainer = await create(linearRecipe({ settings: { accumulate: 2 } }));
    const start = await trainer.net.params["Dense_0.W"]!.read();
    await trainer.step(batchOf(0));
    expect(await trainer.net.params["Dense_0.W"]!.read()).toEqual(start);
    expect(trainer.rounds).toBe(0);
    await trainer.step(batchOf(1));
    expect(await trainer.net.params["Dense_0.W"]!.read()).not.toEqual(start);
    expect(trainer.rounds).toBe(1);
    expect((await collect(trainer.run(batches(6)))).map((log) => log.step)).toEqual([2, 3, 4]);
  });

  test("is refused by a recipe compiled without it", async () => {
    const program = linearRecipe();
    const settings = { ...program.settings, accumulate: 4 };
    await expectError(() => create({ ...program, settings }), "bad-option", "accumulate");
  });
});

describe("a loss that is not finite", () => {
  test("names the op that made it", async () => {
    const trainer = await create(linearRecipe());
    await trainer.step(batchOf(0));
    trainer.net.params["Dense_0.W"]!.write(new Float32Array(6).fill(3e38));
    await expectError(
      () => trainer.step(batchOf(1)),
      "not-finite",
      "loss is Infinity at update 2: `x @ W` in Dense_0 (linear.dlm:4:25) first gave",
    );
  });

  test("names the input that held it", async () => {
    const trainer = await create(linearRecipe());
    const { x, y } = batchOf(0);
    x[4] = NaN;
    await expectError(() => trainer.step({ x, y }), "not-finite", "`x` holds NaN at position 4");
  });
});
