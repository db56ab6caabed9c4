// Data sets larger than memory: files read in step, a piece at a time, mixed in a window.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FieldSpec } from "../../runtime/abi.ts";
import { arrayReader } from "../../runtime/data/array-reader.ts";
import { batchesOf, type BatchOptions } from "../../runtime/data/batches.ts";
import { datasetOf, type Dataset, type Source } from "../../runtime/data/dataset.ts";
import { epochOrder } from "../../runtime/data/order.ts";
import { fit } from "../../runtime/fit.ts";
import { readArrays, streamArrays } from "../../runtime/node/index.ts";
import { expectError } from "./errors.ts";
import { compileRecipe, start } from "./recipe.ts";

const fields: readonly FieldSpec[] = [
  { name: "x", dtype: "f32", shape: ["B", 3, 5] },
  { name: "label", dtype: "i32", shape: ["B"] },
];

const rows = 10_007;
const pixels = Uint8Array.from({ length: rows * 15 }, (_, i) => (i * 7) % 251);
const labels = Float32Array.from({ length: rows }, (_, i) => i % 2);

const sizeBytes = (size: number): readonly number[] => [24, 16, 8, 0].map((s) => (size >> s) & 255);

const idx = (type: number, shape: readonly number[], data: Uint8Array): Uint8Array =>
  Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap(sizeBytes), ...data]);

const npy = (
  descr: string,
  shape: string,
  data: ArrayBufferView,
  fortran = "False",
): Uint8Array => {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const head = [0x93, ...Buffer.from("NUMPY"), 1, 0, text.length & 255, text.length >> 8];
  return Uint8Array.from([...head, ...Buffer.from(text), ...bytes]);
};

const images = idx(8, [rows, 3, 5], pixels);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlm-stream-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const put = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

const plain: BatchOptions = {
  batch: 64,
  shuffle: false,
  dropLast: false,
  seed: 3,
  epoch: 0,
  skip: 0,
  part: "all",
  share: 0,
};

const collect = async (source: Source, options: Partial<BatchOptions> = {}) => {
  const batches: (readonly number[])[] = [];
  for await (const batch of batchesOf(source, { ...plain, ...options }))
    batches.push([...batch["x"]!, ...batch["label"]!]);
  return batches;
};

describe("an array read in pieces", () => {
  const words = Float64Array.from({ length: 21 }, (_, i) => i / 4 - 2);
  const files: readonly (readonly [string, "idx" | "npy", Uint8Array])[] = [
    [
      "IDX",
      "idx",
      idx(
        8,
        [7, 3],
        Uint8Array.from({ length: 21 }, (_, i) => 9 * i),
      ),
    ],
    ["NPY", "npy", npy("<f8", "(7, 3)", words)],
  ];
  const field: FieldSpec = { name: "x", dtype: "f32", shape: ["B", 3] };
  test.each(files)("of any size gives what %s holds", (_, format, bytes) => {
    const whole = arrayReader(format, field);
    whole.push(bytes);
    const { values: expected } = whole.take()!;
    expect(expected.length).toBe(21);
    for (const size of [1, 2, 3, 5, 7, 64, 200]) {
      const reader = arrayReader(format, field);
      const found: number[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reader.push(bytes.subarray(at, at + size));
        const column = reader.take();
        expect(column === null || column.values.length % 3 === 0).toBe(true);
        found.push(...(column?.values ?? []));
      }
      reader.end();
      expect(found).toEqual([...expected]);
    }
  });

  test("is refused when it is cut off, too long, of another shape, or in column order", async () => {
    const read = (bytes: Uint8Array, of = field) => {
      const reader = arrayReader(bytes[0] === 0 ? "idx" : "npy", of);
      reader.push(bytes.subarray(0, 5));
      reader.push(bytes.subarray(5));
      reader.take();
      reader.end();
    };
    const good = files[0]![2];
    await expectError(() => read(good.subarray(0, 9)), "bad-idx", "cut off");
    await expectError(
      () => read(good.subarray(0, 30)),
      "bad-idx",
      "takes 21 bytes, the file has 18",
    );
    await expectError(() => read(Uint8Array.from([...good, 1])), "bad-idx", "takes 21 bytes");
    const wide: FieldSpec = { ...field, shape: ["B", 4] };
    await expectError(() => read(good, wide), "bad-data", "needs 4 values per example");
    await expectError(() => read(npy("<f8", "(7, 3)", words, "True")), "bad-npy", "Fortran order");
    const whole: FieldSpec = { ...field, dtype: "i32" };
    await expectError(() => read(files[1]![2], whole), "bad-data", "holds -1.75 at position 1");
  });
});

describe("a stream of files", () => {
  test("gives the examples of the table, whatever the formats, and again for each pass", async () => {
    const table = await readArrays(
      {
        x: await put("x.idx", images),
        label: await put("y.npy", npy("<f4", `(${rows},)`, labels)),
      },
      fields,
    );
    const expected = await collect({ kind: "table", data: table });
    expect(expected.length).toBe(Math.ceil(rows / 64));
    for (const paths of [
      { x: join(folder, "x.idx"), label: join(folder, "y.npy") },
      {
        x: await put("images", gzipSync(images)),
        label: await put("labels.csv.gz", gzipSync([...labels].join("\n"))),
      },
    ]) {
      const source = streamArrays(paths, fields);
      expect(await collect(source)).toEqual(expected);
      expect(await collect(source)).toEqual(expected);
      expect(await collect(source, { skip: 100 })).toEqual(expected.slice(100));
    }
  });

  test("mixes them in a window, as a table does", async () => {
    const paths = { x: join(folder, "x.idx"), label: join(folder, "y.npy") };
    const table = await readArrays(paths, fields);
    const options = { shuffle: 1000, epoch: 2, batch: 50 };
    const streamed = await collect(streamArrays(paths, fields), options);
    expect(streamed).toEqual(await collect({ kind: "table", data: table }, options));
    expect(epochOrder(rows, 1000, 3, 2).slice(0, 9)).not.toEqual(
      epochOrder(rows, false, 3, 2).slice(0, 9),
    );
  });

  test("names the file that is damaged, or shorter than the others", async () => {
    const label = join(folder, "y.npy");
    const cut = await put("cut.idx", images.subarray(0, 100_000));
    await expectError(() => collect(streamArrays({ x: cut, label }, fields)), "bad-idx", cut);
    const few = await put("few.idx", idx(8, [9, 3, 5], pixels.subarray(0, 135)));
    await expectError(
      () => collect(streamArrays({ x: few, label }, fields)),
      "bad-data",
      "`x` has fewer examples than `label`",
    );
    await expectError(() => collect(streamArrays({ label }, fields)), "bad-data", "`x`");
    const none = join(folder, "none.idx");
    await expectError(() => collect(streamArrays({ x: none, label }, fields)), "io", none);
  });
});

/** Counts examples that were asked for. */
const counted = (count: number, perPiece: number) => {
  const seen = { read: 0 };
  const open = async function* (): AsyncGenerator<Dataset, void, undefined> {
    for (let at = 0; at < count; at += perPiece) {
      const length = Math.min(perPiece, count - at);
      seen.read += length;
      const x = Float32Array.from({ length: 15 * length }, (_, i) => at + Math.floor(i / 15));
      const label = Int32Array.from({ length }, (_, i) => (at + i) % 2);
      yield datasetOf([
        ["x", { dtype: "f32", shape: [3, 5], values: x }],
        ["label", { dtype: "i32", shape: [], values: label }],
      ]);
    }
  };
  return { seen, source: { kind: "stream", open } as const };
};

test.each([
  [false, 0],
  [1000, 1000],
  [true, 4096],
] as const)(
  "with shuffle %j never more is read than a window, a batch and a piece",
  async (shuffle, window) => {
    const { seen, source } = counted(20_000, 300);
    let used = 0;
    for await (const batch of batchesOf(source, { ...plain, shuffle })) {
      used += batch["label"]!.length;
      expect(seen.read - used).toBeLessThanOrEqual(window + 300);
    }
    expect(used).toBe(20_000);
  },
);

test("arrays of a batch are used again for the next", async () => {
  const arrays = new Set<unknown>();
  for await (const batch of batchesOf(counted(640, 100).source, plain)) arrays.add(batch["x"]);
  expect(arrays.size).toBe(1);
});

test("a recipe trains, validates, stops and resumes on a stream with the same bits", async () => {
  const program = await compileRecipe(`
model Net(x: [B, 3, 5]) -> [B, 2] { return x -> reshape([B, 15]) -> Dense(7) -> tanh -> Dense(2) }
train Classify {
  data x: [B, 3, 5], label: int[B]
  batch: 64
  epochs: 2
  shuffle: 500
  validation: 0.1
  let net = Net()
  minimize mean(cross_entropy(net(x * 1e-4), label)) using Adam(lr = 1e-3)
}`);
  const { source } = counted(3000, 170);
  const straight = await start(program);
  const checkpoints: Uint8Array[] = [];
  const report = await fit(straight, {
    data: source,
    settings: { checkpointEvery: 31 },
    onCheckpoint: async (bytes) => void checkpoints.push(bytes),
  });
  expect(report.epochs).toBe(2);
  expect(report.validation!["loss"]).toBeGreaterThan(0);
  const resumed = await start(program, { checkpoint: checkpoints[1]! });
  expect(resumed.rounds).toBe(62);
  await fit(resumed, { data: source });
  expect(await resumed.save()).toEqual(await straight.save());
});
