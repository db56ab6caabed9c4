// Batches taken before the logs of those before them are there: the same numbers, and nothing counts after a loss that fails.

import { describe, expect, test } from "vitest";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { hasSwiftShader, needsSwiftShader, swiftShaderGpu } from "../backends/wgsl/device.ts";
import { usage } from "../../runtime/webgpu/flags.ts";
import { errorOf } from "../runtime/errors.ts";
import { start } from "../runtime/recipe.ts";
import { compileBoth } from "./targets.ts";

const recipe = (rest = ""): string => `
model Net(x: [B, 3]) -> [B, 2] { return x -> Dropout(0.2) -> Dense(2) }
train Fit {
  data x: [B, 3], label: int[B]
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 0.01)
  metric accuracy = mean(argmax(net(x)) == label)
  ${rest}
}`;

const count = 5;
const fill = ({ x, label }: Arrays, seed: number): Arrays => {
  for (let i = 0; i < x.length; i++) x[i] = Math.sin(seed + 1.7 * i);
  for (let i = 0; i < label.length; i++) label[i] = (i + seed) % 2;
  return { x, label };
};
type Arrays = ArrayBatch & { readonly x: Float32Array; readonly label: Int32Array };
const arrays = (): Arrays => ({ x: new Float32Array(3 * count), label: new Int32Array(count) });

const open = async (text: string): Promise<Awaited<ReturnType<typeof start>>> =>
  start((await compileBoth(text)).webgpu, { gpu: swiftShaderGpu() });

/** Notes every buffer that is made to be read from. */
const withStagings = (gpu: GPU, note: () => void): GPU =>
  ({
    requestAdapter: async (options) => {
      const adapter = (await gpu.requestAdapter(options))!;
      const request = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (wanted) => {
        const device = await request(wanted);
        const create = device.createBuffer.bind(device);
        device.createBuffer = (made) => {
          if ((made.usage & usage.mapRead) !== 0) note();
          return create(made);
        };
        return device;
      };
      return adapter;
    },
  }) satisfies Pick<GPU, "requestAdapter"> as GPU;

describe.skipIf(!hasSwiftShader)(`batches taken ahead (${needsSwiftShader})`, () => {
  test.each(["", "ema: 0.9"])("give what steps give one after the other: %s", async (rest) => {
    const [ahead, apart] = [await open(recipe(rest)), await open(recipe(rest))];
    expect(ahead.ahead).toBeGreaterThan(0);
    const shared = arrays();
    const started = [];
    for (let n = 0; n < 6; n++) started.push(await ahead.enqueue(fill(shared, n)));
    const logs = await Promise.all(started.map(({ log }) => log()));
    const wanted = [];
    for (let n = 0; n < 6; n++) wanted.push(await apart.step(fill(arrays(), n)));
    expect(logs).toEqual(wanted);
    expect(Buffer.compare(await ahead.save(), await apart.save())).toBe(0);
    ahead.dispose();
    apart.dispose();
  });

  test("do not count behind a loss that is not finite, and training goes on from before it", async () => {
    const [ahead, apart] = [await open(recipe()), await open(recipe())];
    const shared = arrays();
    const started = [];
    for (let n = 0; n < 5; n++) {
      fill(shared, n);
      if (n === 2) shared.x[4] = NaN;
      started.push(await ahead.enqueue(shared));
    }
    for (const { log } of started.slice(0, 2))
      expect((await log()) as object).toHaveProperty("loss");
    for (const { log } of started.slice(2)) {
      const error = await errorOf(log);
      expect(error.code).toBe("not-finite");
      expect(error.message).toContain("at update 3: `x` holds NaN at position 4");
    }
    expect(ahead.progress.executions).toBe(2);
    for (const n of [0, 1, 7]) await apart.step(fill(shared, n));
    await ahead.step(fill(shared, 7));
    expect(Buffer.compare(await ahead.save(), await apart.save())).toBe(0);
    ahead.dispose();
    apart.dispose();
  });

  test("are read together when one is asked for, and after a while though nobody asks", async () => {
    let reads = 0;
    const gpu = withStagings(swiftShaderGpu(), () => reads++);
    const ahead = await start((await compileBoth(recipe())).webgpu, { gpu });
    // Opening a device reads what its subgroups are.
    reads = 0;
    const apart = await open(recipe());
    const started = [];
    for (let n = 0; n < 20; n++) started.push(await ahead.enqueue(fill(arrays(), n)));
    const wanted = [];
    for (let n = 0; n < 20; n++) wanted.push(await apart.step(fill(arrays(), n)));
    expect(await started[15]!.log()).toEqual(wanted[15]);
    expect(await started[3]!.log()).toEqual(wanted[3]);
    expect(await started[19]!.log()).toEqual(wanted[19]);
    expect(reads).toBe(1);
    for (let n = 0; n < 130; n++) await ahead.enqueue(fill(arrays(), n));
    await ahead.step(fill(arrays(), 0));
    // 64, 64, the last two, and that of the step.
    expect(reads).toBe(1 + 4);
    ahead.dispose();
    apart.dispose();
  });

  test("end where the trainer starts over, and a file holds what came before it was asked for", async () => {
    const [ahead, apart] = [await open(recipe()), await open(recipe())];
    const started = [];
    for (let n = 0; n < 3; n++) started.push(await ahead.enqueue(fill(arrays(), n)));
    const [file, later] = await Promise.all([ahead.save(), ahead.step(fill(arrays(), 3))]);
    for (let n = 0; n < 3; n++) await apart.step(fill(arrays(), n));
    expect(Buffer.compare(file, await apart.save())).toBe(0);
    expect(later).toEqual(await apart.step(fill(arrays(), 3)));

    const bad = fill(arrays(), 4);
    bad.x[0] = NaN;
    const lost = await ahead.enqueue(bad);
    for (const trainer of [ahead, apart]) trainer.initialise(5);
    const [own, wanted] = [
      await ahead.step(bad).catch(String),
      await apart.step(bad).catch(String),
    ];
    expect(own).toBe(wanted);
    expect((await errorOf(lost.log)).message).toContain("was started over");
    expect(await ahead.step(fill(arrays(), 5))).toEqual(await apart.step(fill(arrays(), 5)));
    expect(Buffer.compare(await ahead.save(), await apart.save())).toBe(0);
    ahead.dispose();
    apart.dispose();
  });
});
