// Inputs written where they lie on the heap, and runs before the first call.
import { describe, expect, test } from "vitest";
import type { Backend } from "../../compiler/backends/backend.ts";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { typescriptBackend } from "../../compiler/backends/typescript/index.ts";
import { wasmBackend } from "../../compiler/backends/wasm/index.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { ModelProgram } from "../../runtime/abi.ts";
import { Model, startModel, type CreateOptions } from "../../runtime/model.ts";
import { expectError } from "./errors.ts";

type Inputs = {
  readonly x: Float32Array;
  readonly at: Int32Array;
  readonly on: Uint8Array;
};

/** The norm leaves weights that are prepared. */
const net = `model Net(x: [B, 5], at: int[B], on: bool[B]) -> [B, 3] {
  let y = x -> Dense(5) -> BatchNorm() -> Dense(3)
  let z[b, j] = if on[b] then y[b, j] else -y[b, j]
  return z + (at -> Embedding(7, 3))
}`;

const draws = `model Noise(x: [B, 5]) -> [B, 5] {
  let noise: [B, 5] ~ normal()
  return x + noise
}`;

const programOf = async (text: string, backend: Backend): Promise<ModelProgram> => {
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => text });
  expect(diagnostics).toEqual([]);
  return (await instantiate(modules[0]!, { backend })) as ModelProgram;
};

const create = async <I extends object = Inputs>(
  backend: Backend,
  text = net,
  options: CreateOptions = {},
) =>
  startModel(new Model<I, Float32Array>(await programOf(text, backend)), { seed: 3, ...options });

const batch = (size: number, shift = 0): Inputs => ({
  x: Float32Array.from({ length: 5 * size }, (_, k) => Math.sin(3 * k + shift)),
  at: Int32Array.from({ length: size }, (_, k) => (k + shift) % 7),
  on: Uint8Array.from({ length: size }, (_, k) => (k + shift) % 2),
});

const fill = (views: Inputs, { x, at, on }: Inputs): void => {
  views.x.set(x);
  views.at.set(at);
  views.on.set(on);
};

describe.each([
  ["TypeScript", typescriptBackend],
  ["WebAssembly", wasmBackend],
])("inputs on the heap of %s", (_, backend) => {
  test("give what arrays of their own give, for several sizes and calls", async () => {
    const [model, other] = [await create(backend), await create(backend)];
    for (const size of [3, 1, 70]) {
      const views = model.inputs({ B: size });
      expect(views.x.length).toBe(5 * size);
      for (const shift of [0, 1, 2]) {
        fill(views, batch(size, shift));
        const result = model.predict(views);
        expect(result.buffer).toBe(views.x.buffer);
        expect([...result]).toEqual([...other.predict(batch(size, shift))]);
        fill(views, batch(size, shift));
        expect([...(await model.forward(views))]).toEqual([...result]);
      }
    }
  });

  test("stay what they are when weights are prepared anew", async () => {
    const [model, other] = [await create(backend), await create(backend)];
    const views = model.inputs({ B: 3 });
    for (const one of [model, other])
      one.params["Dense_0.b"]!.write(Float32Array.of(1, 2, 3, 4, 5));
    fill(views, batch(3));
    expect([...model.predict(views)]).toEqual([...other.predict(batch(3))]);
  });

  test("are never taken from where they were before memory grew", async () => {
    const [model, other] = [await create(backend), await create(backend)];
    const stale = model.inputs({ B: 3 });
    fill(stale, batch(3));
    model.predict(batch(20_000));
    if (backend === wasmBackend) await expectError(() => model.predict(stale), "wrong-length");
    else expect([...model.predict(stale)]).toEqual([...other.predict(batch(3))]);
    const views = model.inputs({ B: 3 });
    fill(views, batch(3, 1));
    expect([...model.predict(views)]).toEqual([...other.predict(batch(3, 1))]);
  });

  test("a result is read before anything is written over it", async () => {
    const model = await create<{ x: Float32Array; y: Float32Array }>(
      backend,
      "model Sum(x: [B, 5], y: [B, 5]) -> [B, 5] { return 2 * x + cumsum(y, 1) }",
    );
    const [x, y] = [batch(3).x, batch(3, 2).x];
    const first = Float32Array.from(model.predict({ x, y }));
    const inX = [...model.predict({ x: first, y })];
    const inY = [...model.predict({ x, y: first })];
    expect([...model.predict({ x: model.predict({ x, y }), y })]).toEqual(inX);
    expect([...model.predict({ x, y: model.predict({ x, y }) })]).toEqual(inY);
  });

  test("need all sizes, and those that the model takes", async () => {
    const model = await create(backend);
    await expectError(() => model.inputs(), "ambiguous-size", "sizes: { B }");
    await expectError(() => model.inputs({ B: 0 }), "bad-size");
    await expectError(() => model.inputs({ B: 1, T: 2 }), "bad-size", "no size `T`");
    model.dispose();
    await expectError(() => model.inputs({ B: 1 }), "disposed");
  });
});

describe.each([
  ["TypeScript", typescriptBackend],
  ["WebAssembly", wasmBackend],
])("warming up %s", (_, backend) => {
  test("changes no result", async () => {
    const plain = await create(backend);
    for (const warmup of [true, { B: 33 }]) {
      const warm = await create(backend, net, { warmup });
      expect([...warm.predict(batch(3))]).toEqual([...plain.predict(batch(3))]);
      expect(await warm.save()).toEqual(await plain.save());
    }
  });

  test("counts no draws", async () => {
    const [plain, warm] = [
      await create<{ x: Float32Array }>(backend, draws),
      await create<{ x: Float32Array }>(backend, draws, { warmup: true }),
    ];
    const { x } = batch(3);
    for (let n = 0; n < 2; n++) expect([...warm.predict({ x })]).toEqual([...plain.predict({ x })]);
  });

  test("refuses a size that is none", async () => {
    await expectError(() => create(backend, net, { warmup: { T: 3 } }), "bad-size");
  });
});
