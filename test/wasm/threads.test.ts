// Programs as WebAssembly on several threads, with all split that can be: the same bits as on one, and what ends them.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { instantiate } from "../../compiler/backends/instantiate.ts";
import { typescriptBackend } from "../../compiler/backends/typescript/index.ts";
import { createWasmBackend } from "../../compiler/backends/wasm/index.ts";
import { compile } from "../../compiler/pipeline.ts";
import type { ModelProgram, TrainProgram } from "../../runtime/abi.ts";
import type { ArrayBatch } from "../../runtime/data/dataset.ts";
import { Model, startModel } from "../../runtime/model.ts";
import { startTrainer, Trainer } from "../../runtime/trainer.ts";
import { root } from "../cli/run-dlm.ts";
import { batchOf } from "../examples/compare-example.ts";
import { checkWasm } from "../fuzz/device.ts";
import { failuresOf } from "../fuzz/report.ts";
import type { LaterEngine, LaterRun } from "../goldens/engines.ts";
import { moduleCases } from "../goldens/module-cases.ts";
import { errorsOf } from "../goldens/module-errors.ts";
import { hostEngine } from "../goldens/run-on-host.ts";

const splitAll = createWasmBackend({ split: 0, wake: 0, line: 4 });

const counts = [1, 2, 3, 4];

type Results = Awaited<ReturnType<LaterRun>>;

/** An engine that keeps all results. */
const keeping = (
  threads: number,
): { engine: LaterEngine; results: Results[]; close: () => void } => {
  const engine = hostEngine("WebAssembly", splitAll, { threads });
  const results: Results[] = [];
  const open: LaterEngine["open"] = async (module) => {
    const run = await engine.open(module);
    return async (...given) => {
      const one = await run(...given);
      results.push(one);
      return one;
    };
  };
  return { engine: { ...engine, open }, results, close: engine.close };
};

describe("outputs and gradients of modules are the same bits", () => {
  for (const one of moduleCases)
    test(one.name, async () => {
      const [alone, ...others] = await Promise.all(
        counts.slice(0, 3).map(async (threads) => {
          const { engine, results, close } = keeping(threads);
          const errors = await errorsOf(engine, one);
          close();
          expect(errors.filter(([, error]) => !(error <= engine.tolerance.gradient))).toEqual([]);
          return results;
        }),
      );
      for (const results of others) expect(results).toEqual(alone);
    });
});

const programOf = async (file: string, backend = splitAll): Promise<TrainProgram> => {
  const { modules } = compile({
    entry: join(root, "examples", file),
    read: (path) => readFileSync(path, "utf8"),
    steps: false,
  });
  const module = modules.find(({ train }) => train !== null)!;
  return (await instantiate(module, { backend })) as TrainProgram;
};

const trainerOf = (
  program: TrainProgram,
  threads: number | "auto",
): Promise<Trainer<ArrayBatch, object, object>> =>
  startTrainer(new Trainer<ArrayBatch, object, object>(program), { seed: 0, threads });

const trained = async (
  trainer: Trainer<ArrayBatch, object, object>,
  program: TrainProgram,
): Promise<Uint8Array> => {
  const given = program.fields.some(({ shape }) => shape.includes("T"))
    ? { sizes: { B: 5, T: 7 } }
    : {};
  for (let n = 0; n < 3; n++) await trainer.step(batchOf(program, n), given);
  return trainer.save();
};

test.each(["digits/mlp.dlm", "digits/cnn.dlm", "char-lstm/char-lstm.dlm"])(
  "trainings are the same bits, %s",
  async (file) => {
    const program = await programOf(file);
    const saved: Uint8Array[] = [];
    for (const threads of counts) {
      const trainer = await trainerOf(program, threads);
      saved.push(await trained(trainer, program));
      trainer.dispose();
    }
    for (const one of saved) expect(one).toEqual(saved[0]);
  },
);

test("views of inputs stay those of the memory when that grows", async () => {
  const source = "model Less(a: [B, 4], b: [B, 4]) -> [B, 4] { return a - b }";
  const { modules } = compile({ entry: "less.dlm", read: () => source });
  const program = (await instantiate(modules[0]!, { backend: splitAll })) as ModelProgram;
  type Inputs = { readonly a: Float32Array; readonly b: Float32Array };
  const model = await startModel(new Model<Inputs, Float32Array>(program), { threads: 2 });
  const { a, b } = model.inputs({ B: 2 });
  const large = new Float32Array(4 * 50_000);
  model.predict({ a: large, b: large });
  a.fill(3);
  b.fill(1);
  expect([...model.predict({ a: b, b: a })]).toEqual(new Array(8).fill(-2));
  model.dispose();
});

const programs = 200;

test(`${programs} generated programs agree on two threads`, { timeout: 900_000 }, async () => {
  const unsteady: string[] = [];
  const check = checkWasm((verdict) => unsteady.push(verdict), splitAll, { threads: 2 });
  expect(await failuresOf(5001, programs, check)).toEqual([]);
  expect(unsteady.length, unsteady.join("\n")).toBeLessThanOrEqual(programs / 50);
});

describe("workers", () => {
  afterEach(() => void vi.unstubAllGlobals());

  /** Workers that begin while `body` runs, and whether they ended. */
  const workersOf = async (body: () => Promise<void>): Promise<readonly Promise<number>[]> => {
    const ends: Promise<number>[] = [];
    const onWorker = (worker: Worker): void => {
      ends.push(new Promise((resolve) => worker.once("exit", resolve)));
    };
    process.on("worker", onWorker);
    await body();
    process.off("worker", onWorker);
    return ends;
  };

  test("end when a trainer is disposed of", async () => {
    const program = await programOf("digits/mlp.dlm");
    const ends = await workersOf(async () => {
      const trainer = await trainerOf(program, 3);
      await trained(trainer, program);
      trainer.dispose();
    });
    expect(await Promise.all(ends)).toEqual([0, 0]);
  });

  test("do not begin for one thread", async () => {
    const program = await programOf("digits/mlp.dlm");
    const ends = await workersOf(async () => {
      (await trainerOf(program, 1)).dispose();
    });
    expect(ends).toEqual([]);
  });

  test("do not keep a process", { timeout: 60_000 }, async () => {
    const script = fileURLToPath(new URL("programs/train-on-threads.ts", import.meta.url));
    const execute = promisify(execFile);
    const { stdout } = await execute(process.execPath, ["--import", "tsx", script], {
      cwd: root,
      timeout: 50_000,
    });
    expect(stdout).toBe("trained\n");
  });

  test("are left out, which is said once, where there is no shared memory", async () => {
    const program = await programOf("digits/mlp.dlm");
    const alone = await trainerOf(program, 1);
    const wanted = await trained(alone, program);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const ends = await workersOf(async () => {
      const trainer = await trainerOf(program, 2);
      expect(await trained(trainer, program)).toEqual(wanted);
      trainer.dispose();
    });
    expect(ends).toEqual([]);
    expect(warn.mock.calls).toEqual([
      [
        "dlm: runs on one thread: there is no SharedArrayBuffer; a page has it if it is cross-origin isolated",
      ],
    ]);
    warn.mockRestore();
  });

  test("are refused where a program is none of WebAssembly", async () => {
    const program = await programOf("digits/mlp.dlm", typescriptBackend);
    await expect(trainerOf(program, 2)).rejects.toThrow("threads: only WebAssembly has any");
    (await trainerOf(program, "auto")).dispose();
  });

  test.each([0, 1.5, NaN])("are no %s", async (threads) => {
    const program = await programOf("digits/mlp.dlm");
    await expect(trainerOf(program, threads)).rejects.toThrow(
      `threads: a whole number from 1, or "auto", got ${threads}`,
    );
  });
});
