// Loss scaling of `precision: "mixed"`: the numbers of f32 where nothing overflows, and no update where something does.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../compiler/backends/backend.ts";
import type { TensorData } from "../../runtime/store.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import type { Numbers } from "../runtime/recipe.ts";
import { compileRecipe, start } from "../runtime/recipe.ts";
import { expectError } from "../runtime/errors.ts";
import { data, recipes } from "../runtime/programs/resumed-recipes.ts";
import { compileProgram } from "../goldens/compile.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Data } from "../programs/twin.ts";
import { apart, trainInterpreted } from "../programs/twin.ts";
import { hasSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { onSwiftShader } from "../webgpu/targets.ts";

type Batch = Readonly<Record<string, TensorData>>;
type Trainer = Awaited<ReturnType<typeof start>>;
type Fields = readonly { readonly name: string }[];

/** Eight rows of the examples that a program reads; the sixth batch is a smaller one. */
const batchOf = (fields: Fields, n: number): Batch =>
  Object.fromEntries(
    fields.map(({ name }) => {
      const { shape, values } = data.columns.get(name)!;
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, values.slice(8 * (n % 6) * size, 8 * ((n % 6) + 1) * size)];
    }),
  );

const tensorsOf = (fields: Fields, n: number): Data =>
  new Map(
    Object.entries(batchOf(fields, n)).map(([name, values]) => {
      const { dtype, shape } = data.columns.get(name)!;
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, tensor(dtype, [values.length / size, ...shape], Array.from(values))];
    }),
  );

const isScaling = (path: string): boolean => path.startsWith("loss:");

describe("where nothing overflows", () => {
  const named = Object.entries(recipes).map(([name, { text }]) => ({
    name,
    f32: text,
    mixed: text.replace("batch: 8", 'batch: 8\n  precision: "mixed"'),
  }));
  /** Ends a round: sums of gradients that are begun are those of the scaled loss. */
  const executions = 12;

  test.each(named)("the interpreter gives the bits of f32: $name", ({ f32, mixed }) => {
    const [one, other] = [f32, mixed].map((text) => {
      const module = compileProgram(text, "Fit");
      return trainInterpreted(module, (n) => tensorsOf(module.train!.fields, n), executions);
    });
    expect(other!.readings).toEqual(one!.readings);
    const scaling = [...other!.stored].filter(([path]) => isScaling(path));
    expect(scaling.length).toBeGreaterThan(0);
    for (const [
      path,
      {
        data: [value],
      },
    ] of scaling)
      if (path.endsWith("scale")) expect(value).toBe(65536);
      else expect(value).toBeGreaterThan(2);
    const rest = [...other!.stored].filter(([path]) => !isScaling(path));
    expect(new Map(rest)).toEqual(one!.stored);
  });

  /** Where values are rounded to f32 differs: kernels do. */
  test.each(named)(
    "emitted code gives the losses of f32 to 1e-6: $name",
    async ({ f32, mixed }) => {
      const [one, other] = await Promise.all(
        [f32, mixed].map(async (text) => {
          const program = await compileRecipe(text);
          const trainer = await start(program, { seed: 3 });
          const logs: Numbers[] = [];
          for (let n = 0; n < executions; n++)
            logs.push(await trainer.step(batchOf(program.fields, n)));
          trainer.dispose();
          return lossesIn(logs);
        }),
      );
      expect(apart(other!, one!)).toBeLessThan(1e-6);
    },
  );
});

/** All numbers of logs but what they count. */
const lossesIn = (logs: readonly object[]): readonly number[] =>
  logs.flatMap((log) =>
    Object.entries(log).flatMap(([key, value]) =>
      typeof value === "object" && value !== null
        ? lossesIn([value])
        : key === "loss" || key === "penalty"
          ? [Number(value)]
          : [],
    ),
  );

/** Gradients overflow at the first scales, the loss does not; nothing squares them. */
const steep = (precision: string, settings = "", factor = "1e36"): string => `
model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(5) -> tanh -> Dense(2) }
train Fit {
  data x: [B, 3], y: [B, 2]
  let net = Net()
  minimize ${factor} * mean(squared_error(net(x), y)) using Sgd(lr = 2e-37, momentum = 0.5)
  precision: "${precision}"
  ${settings}
}`;

/** Seven rows. */
const steepBatch = (n: number) => ({
  x: Float32Array.from({ length: 21 }, (_, i) => Math.sin(1.7 * i + n)),
  y: Float32Array.from({ length: 14 }, (_, i) => Math.cos(0.9 * i + n)),
});

/** Everything that a trainer has stored. */
const storedOf = async (trainer: Trainer): Promise<ReadonlyMap<string, Buffer>> =>
  new Map(
    [...readSafetensors(await trainer.save()).tensors].map(([path, { bytes }]) => [
      path,
      Buffer.from(bytes),
    ]),
  );

const scaleOf = async (
  trainer: Trainer,
  step = "",
): Promise<readonly [scale: number, goodSteps: number]> => {
  const stored = await storedOf(trainer);
  return [
    stored.get(`loss:${step}scale`)!.readFloatLE(),
    stored.get(`loss:${step}good_steps`)!.readInt32LE(),
  ];
};

const withoutScaling = (stored: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> =>
  new Map([...stored].filter(([path]) => !isScaling(path)));

const open = async (text: string, backend?: Backend, checkpoint?: Uint8Array): Promise<Trainer> =>
  start(await compileRecipe(text, backend), {
    seed: 2,
    ...(backend === undefined ? {} : { gpu: swiftShaderGpu() }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });

/** Steps that changed nothing but the scale, which each halved. */
const skipSteps = async (trainer: Trainer): Promise<number> => {
  const before = withoutScaling(await storedOf(trainer));
  for (let skipped = 0; ; skipped++) {
    const [scale] = await scaleOf(trainer);
    const { loss } = await trainer.step(steepBatch(skipped));
    expect(loss).toBeGreaterThan(1e35);
    if ((await scaleOf(trainer))[0] === scale) return skipped;
    expect(await scaleOf(trainer)).toEqual([scale / 2, 0]);
    expect(withoutScaling(await storedOf(trainer))).toEqual(before);
  }
};

const targets: readonly (readonly [name: string, backend: Backend | undefined])[] = [
  ["TypeScript", undefined],
  ...(hasSwiftShader ? [["WebGPU", onSwiftShader] as const] : []),
];

describe.each(targets)("a gradient that overflows, on %s", (_, backend) => {
  test("leaves all as it is and halves the scale; then training is that of f32", async () => {
    const [trainer, twin] = [
      await open(steep("mixed"), backend),
      await open(steep("f32"), backend),
    ];
    const skipped = await skipSteps(trainer);
    expect(skipped).toBeGreaterThan(4);
    await twin.step(steepBatch(skipped));
    const losses: [number, number][] = [];
    for (let n = 0; n < 9; n++)
      losses.push([
        (await trainer.step(steepBatch(n)))["loss"]! / 1e36,
        (await twin.step(steepBatch(n)))["loss"]! / 1e36,
      ]);
    for (const [mixed, f32] of losses) expect(Math.abs(mixed / f32 - 1)).toBeLessThan(1e-6);
    expect(losses[8]![1]).not.toBeCloseTo(losses[0]![1], 3);
    expect(await scaleOf(trainer)).toEqual([65536 / 2 ** skipped, 10]);
    for (const one of [trainer, twin]) one.dispose();
  });

  test("in one of the batches that make an update leaves out that update", async () => {
    const trainer = await open(steep("mixed", "accumulate: 3", "1e33"), backend);
    const small = steepBatch(0);
    const large = { ...small, y: small.y.map((one) => 300 * one) };
    const before = withoutScaling(await storedOf(trainer));
    for (const batch of [small, large, small]) await trainer.step(batch);
    expect(await scaleOf(trainer)).toEqual([32768, 0]);
    expect(withoutScaling(await storedOf(trainer))).toEqual(before);
    for (let n = 0; n < 3; n++) await trainer.step(small);
    expect(await scaleOf(trainer)).toEqual([32768, 1]);
    trainer.dispose();
  });
});

test("the interpreter skips the steps that emitted code does", async () => {
  const trainer = await open(steep("mixed"));
  const skipped = await skipSteps(trainer);
  const batch = (n: number): Data =>
    new Map([
      ["x", tensor("f32", [7, 3], Array.from(steepBatch(n).x))],
      ["y", tensor("f32", [7, 2], Array.from(steepBatch(n).y))],
    ]);
  const module = compileProgram(steep("mixed"), "Fit");
  const { stored } = trainInterpreted(module, batch, skipped + 1);
  expect(stored.get("loss:scale")!.data[0]).toBe(65536 / 2 ** skipped);
  expect(stored.get("loss:good_steps")!.data[0]).toBe(1);
});

test("each step has a scale of its own", async () => {
  const trainer = await open(`
model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(2) }
train Fit {
  data x: [B, 3], y: [B, 2]
  let a = Net()
  let b = Net()
  step steep { minimize 1e36 * mean(squared_error(a(x), y)) over a using Sgd(lr = 1e-37) }
  step flat { minimize mean(squared_error(b(x), y)) over b using Sgd(lr = 0.1) }
  precision: "mixed"
}`);
  for (let n = 0; n < 4; n++) await trainer.step(steepBatch(n));
  expect(await scaleOf(trainer, "steep.")).toEqual([16384, 0]);
  expect(await scaleOf(trainer, "flat.")).toEqual([65536, 2]);
});

const plain = (precision: string): string => `
model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(2) }
train Fit {
  data x: [B, 3], y: [B, 2]
  let net = Net()
  minimize mean(squared_error(net(x), y)) using Adam()
  precision: "${precision}"
}`;

/** The checkpoint with other numbers in the state of the scaling. */
const withScale = (bytes: Uint8Array, scale: number, goodSteps: number): Uint8Array => {
  const { tensors, metadata } = readSafetensors(bytes);
  const changed = new Map(tensors);
  const put = (path: string, values: TensorData): void => {
    changed.set(path, { ...tensors.get(path)!, bytes: new Uint8Array(values.buffer) });
  };
  put("loss:scale", Float32Array.of(scale));
  put("loss:good_steps", Int32Array.of(goodSteps));
  return writeSafetensors(changed, metadata);
};

describe("the scale", () => {
  test("doubles after 2000 good steps in a row, up to 2^100", async () => {
    const trainer = await open(plain("mixed"));
    const saved = await trainer.save();
    await trainer.load(withScale(saved, 512, 1998));
    await trainer.step(steepBatch(0));
    expect(await scaleOf(trainer)).toEqual([512, 1999]);
    await trainer.step(steepBatch(1));
    expect(await scaleOf(trainer)).toEqual([1024, 0]);
    await trainer.load(withScale(saved, 2 ** 100, 1999));
    await trainer.step(steepBatch(2));
    expect(await scaleOf(trainer)).toEqual([2 ** 100, 0]);
  });

  test("is at least 2^-24, where a gradient that is not finite is an error as in f32", async () => {
    const trainer = await open(`
model Net(x: [B, 3]) -> [B] { return sqrt(sum((x -> Dense(2, bias = false))^2, over = -1)) }
train Fit {
  data x: [B, 3], y: [B, 2]
  let net = Net()
  minimize mean(net(x)) using Sgd(lr = 0.1)
  precision: "mixed"
}`);
    const zeros = { x: new Float32Array(21), y: new Float32Array(14) };
    const saved = await trainer.save();
    await trainer.load(withScale(saved, 2 ** -23, 5));
    await trainer.step(zeros);
    expect(await scaleOf(trainer)).toEqual([2 ** -24, 0]);
    await trainer.step(zeros);
    await expectError(() => trainer.step(steepBatch(0)), "not-finite", "holds NaN since update 2");
  });

  test("goes on from a checkpoint; from one of f32 it begins, and f32 does without", async () => {
    const [mixed, f32] = [await open(plain("mixed")), await open(plain("f32"))];
    await mixed.load(withScale(await mixed.save(), 2048, 7));
    await mixed.step(steepBatch(0));
    const goingOn = await open(plain("mixed"), undefined, await mixed.save());
    expect(await scaleOf(goingOn)).toEqual([2048, 8]);

    await f32.load(await mixed.save());
    expect(await storedOf(f32)).toEqual(withoutScaling(await storedOf(mixed)));
    await mixed.load(await f32.save());
    expect(await scaleOf(mixed)).toEqual([65536, 0]);
  });
});
