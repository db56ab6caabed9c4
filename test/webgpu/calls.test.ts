// What callers do with models and trainers on WebGPU: forward passes, weights, files, calls that overlap, and what is refused.

import { describe, expect, test } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model, startModel } from "../../runtime/model.ts";
import { SteppedModel } from "../../runtime/stepped-model.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { apart } from "../programs/twin.ts";
import { expectError } from "../runtime/errors.ts";
import { start } from "../runtime/recipe.ts";
import { netOf } from "../steps/walk.ts";
import { compileBoth, onSwiftShader } from "./targets.ts";

const net =
  netOf(`model Net(x: [B, 3], keep: bool[B]) -> (y: [B, 4], above: bool[B, 4], best: int[B]) {
  let y = x -> Dense(5) -> tanh -> BatchNorm() -> Dense(4)
  let z[b, j] = if keep[b] then y[b, j] else -y[b, j]
  return z, y > 0, argmax(y)
}`);

type Inputs = { readonly x: Float32Array; readonly keep: Uint8Array };
type Results = {
  readonly y: Float32Array;
  readonly above: Uint8Array;
  readonly best: Int32Array;
};
type Net = Model<Inputs, Results>;

const openBoth = async (): Promise<readonly [own: Net, wanted: Net]> => {
  const open = async (options: { readonly backend?: typeof onSwiftShader }) =>
    startModel(new Model<Inputs, Results>((await instantiate(net, options)) as ModelProgram), {
      seed: 2,
      ...(options.backend === undefined ? {} : { gpu: swiftShaderGpu() }),
    });
  return [await open({ backend: onSwiftShader }), await open({})];
};

const inputs = (rows: number, seed: number): Inputs => ({
  x: Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(seed + 1.3 * i)),
  keep: Uint8Array.from({ length: rows }, (_, i) => (i + seed) % 2),
});

const expectAlike = (own: Results, wanted: Results): void => {
  expect(apart(own.y, wanted.y)).toBeLessThan(1e-5);
  expect([own.above, own.best]).toEqual([wanted.above, wanted.best]);
  expect(own.above.some((bit) => bit === 1)).toBe(true);
};

describe.skipIf(!hasSwiftShader)(`a model (${needsSwiftShader})`, () => {
  test("gives floats, bools and whole numbers, at any size, larger and smaller than before", async () => {
    const [own, wanted] = await openBoth();
    for (const rows of [5, 1, 130, 5, 7])
      expectAlike(await own.forward(inputs(rows, rows)), await wanted.forward(inputs(rows, rows)));
    own.dispose();
  });

  test("gives what it gives one after the other when calls overlap", async () => {
    const [own] = await openBoth();
    const sizes = [3, 65, 1, 3, 200, 3];
    const apartResults: Results[] = [];
    for (const [n, rows] of sizes.entries()) apartResults.push(await own.forward(inputs(rows, n)));
    const together = await Promise.all(sizes.map((rows, n) => own.forward(inputs(rows, n))));
    expect(together).toEqual(apartResults);
    own.dispose();
  });

  test("has weights to read and write, which the next call and a file show", async () => {
    const [own, wanted] = await openBoth();
    const first = inputs(4, 1);
    expectAlike(await own.forward(first), await wanted.forward(first));
    expect(Object.keys(own.params)).toEqual(Object.keys(wanted.params));
    for (const [path, handle] of Object.entries(own.params)) {
      expect(await handle.read()).toEqual(await wanted.params[path]!.read());
      const values = (await handle.read()).map((value, i) => value + Math.cos(i));
      handle.write(values);
      wanted.params[path]!.write(values);
      expect(await handle.read()).toEqual(values);
    }
    const changed = await own.forward(first);
    expectAlike(changed, await wanted.forward(first));
    const file = await own.save();
    expect(Buffer.compare(file, await wanted.save())).toBe(0);
    const [other] = await openBoth();
    expect(apart((await other.forward(first)).y, changed.y)).toBeGreaterThan(0.01);
    await other.load(file);
    expect(await other.forward(first)).toEqual(changed);
    other.initialise(2);
    const [fresh] = await openBoth();
    expect(await other.forward(first)).toEqual(await fresh.forward(first));
    for (const model of [own, other, fresh]) model.dispose();
  });

  test("takes inputs, weights and files as they are when it is called, in that order", async () => {
    const [own, wanted] = await openBoth();
    const handles = [own, wanted].map((model) => model.params["Dense_0.b"]!);
    const found = await Promise.all(
      [own, wanted].map(async (model, k) => {
        const given = inputs(3, 4);
        const results = [model.forward(given)];
        given.x.fill(9);
        const bias = Float32Array.of(1, -2, 3, -4, 5);
        handles[k]!.write(bias);
        bias.fill(0);
        results.push(model.forward(inputs(3, 5)));
        const file = model.save();
        handles[k]!.write(bias);
        results.push(model.forward(inputs(3, 5)));
        results.push(file.then((bytes) => model.load(bytes)).then(() => model.forward(given)));
        return { results: await Promise.all(results), file: await file };
      }),
    );
    found[0]!.results.forEach((result, n) => expectAlike(result, found[1]!.results[n]!));
    expect(Buffer.compare(found[0]!.file, found[1]!.file)).toBe(0);
    own.dispose();
  });

  test("refuses to predict, and says what to call", async () => {
    const [own] = await openBoth();
    await expectError(() => own.predict(inputs(2, 0)), "bad-option", "`predict`", "`forward`");
    own.dispose();
    await expectError(() => own.forward(inputs(2, 0)), "disposed");
  });

  test("refuses to run step by step, and runs whole", async () => {
    const causal = netOf(`model Net(tokens: int[B, T <= 5]) -> [B, T, 7] {
      return tokens -> Embedding(7, 4) -> scan T { Gru(3) } -> Dense(7)
    }`);
    const program = (await instantiate(causal, { backend: onSwiftShader })) as ModelProgram;
    type Tokens = { readonly tokens: Int32Array };
    const model = await startModel(
      new SteppedModel<Tokens, Float32Array, string, Tokens>(program),
      { gpu: swiftShaderGpu() },
    );
    const tokens = Int32Array.of(1, 2, 3, 0, 6, 5);
    await expectError(() => model.start({}), "bad-option", "`start`");
    await expectError(() => model.step({ tokens }), "bad-option", "`step`");
    expect(await model.forward({ tokens }, { sizes: { B: 2, T: 3 } })).toHaveLength(42);
    model.dispose();
  });
});

const recipe = `
model Net(x: [B, 3]) -> [B, 2] { return x -> Dense(6) -> relu -> Dropout(0.3) -> Dense(2) }
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  let logits = net(x)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 0.02)
  metric accuracy = mean(argmax(logits) == label)
  ema: 0.9
}`;

const batch = (seed: number, rows = 6) => ({
  x: inputs(rows, seed).x,
  label: Int32Array.from({ length: rows }, (_, i) => (i * seed) % 2),
});

describe.skipIf(!hasSwiftShader)(`a trainer (${needsSwiftShader})`, () => {
  test("gives what it gives one after the other when calls overlap", async () => {
    const { webgpu } = await compileBoth(recipe);
    const open = () => start(webgpu, { gpu: swiftShaderGpu(), seed: 7 });
    const [one, all] = [await open(), await open()];
    const nets = [one, all].map((trainer) =>
      trainer.model<{ readonly x: Float32Array }, Float32Array>("net"),
    );
    const { x } = batch(9, 70);
    const wanted: unknown[] = [];
    wanted.push(await one.step(batch(1)));
    wanted.push(await nets[0]!.forward({ x }, { draw: 1 }));
    wanted.push(await one.step(batch(2, 33)));
    wanted.push(await nets[0]!.params["Dense_0.W"]!.read());
    wanted.push(await one.save());
    wanted.push(await one.step(batch(5)));
    await one.keepBest();
    wanted.push(await one.step(batch(6)));
    wanted.push(await one.evaluate([batch(3)]));
    const found = await Promise.all([
      all.step(batch(1)),
      nets[1]!.forward({ x }, { draw: 1 }),
      all.step(batch(2, 33)),
      nets[1]!.params["Dense_0.W"]!.read(),
      all.save(),
      all.step(batch(5)),
      all.keepBest().then(() => all.step(batch(6))),
    ]);
    found.push(await all.evaluate([batch(3)]));
    expect(found).toEqual(wanted);
    expect(Buffer.compare(await all.save(), await one.save())).toBe(0);
    for (const trainer of [one, all]) trainer.dispose();
  });

  test("keeps the best weights and goes back to them, as on TypeScript", async () => {
    const { webgpu, typescript } = await compileBoth(recipe);
    const seen: (readonly number[])[] = [];
    for (const [program, options] of [
      [webgpu, { gpu: swiftShaderGpu() }],
      [typescript, {}],
    ] as const) {
      const trainer = await start(program, { ...options, seed: 7 });
      for (let n = 0; n < 3; n++) await trainer.step(batch(n));
      const best = await trainer.evaluate([batch(8)]);
      await trainer.keepBest();
      for (let n = 3; n < 6; n++) await trainer.step(batch(n));
      const later = await trainer.evaluate([batch(8)]);
      trainer.restoreBest();
      expect(await trainer.evaluate([batch(8)])).toEqual(best);
      expect(later["loss"]).not.toBe(best["loss"]);
      seen.push([best["loss"]!, later["loss"]!]);
      trainer.dispose();
    }
    expect(apart(seen[0]!, seen[1]!)).toBeLessThan(1e-5);
  });
});
