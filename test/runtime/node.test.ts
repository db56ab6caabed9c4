// Files: data sets plain and gzipped, paths that stay inside, and saves that survive being killed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FieldSpec } from "../../runtime/abi.ts";
import { batchesOf } from "../../runtime/data/batches.ts";
import {
  formatOf,
  pathInside,
  readArray,
  readArrays,
  readCsv,
  streamCsv,
  writeFileAtomic,
} from "../../runtime/node/index.ts";
import { threefryWord } from "../../runtime/random.ts";
import { readSafetensors } from "../../runtime/safetensors.ts";
import { expectError } from "./errors.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlm-runtime-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const put = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

const fields: readonly FieldSpec[] = [
  { name: "x", dtype: "f32", shape: ["B", 2] },
  { name: "label", dtype: "i32", shape: ["B"] },
];

const rows = 60_007;
const csv = Array.from({ length: rows }, (_, i) => `${i},${i / 4},${i % 10}\n`).join("");

describe("data files", () => {
  test.each(["rows.csv", "rows.csv.gz"])("%s is read as a table, in pieces", async (name) => {
    const path = await put(name, name.endsWith(".gz") ? gzipSync(csv) : csv);
    const data = await readCsv(path, fields);
    expect(data.length).toBe(rows);
    const x = data.columns.get("x")!.values;
    expect([x[2 * 54_321], x[2 * 54_321 + 1]]).toEqual([54_321, 54_321 / 4]);
    expect(data.columns.get("label")!.values[rows - 1]).toBe((rows - 1) % 10);
  });

  test("a stream of a file gives all of its rows, again for each pass", async () => {
    const source = streamCsv(await put("stream.csv", csv), fields);
    const options = { batch: 1000, shuffle: false, dropLast: false, seed: 0, epoch: 0, skip: 0 };
    for (let pass = 0; pass < 2; pass++) {
      let seen = 0;
      for await (const batch of batchesOf(source, { ...options, part: "all", share: 0 })) {
        expect(batch["x"]![0]).toBe(seen);
        seen += batch["label"]!.length;
      }
      expect(seen).toBe(rows);
    }
  });

  test("tab-separated values go by their extension", async () => {
    const data = await readCsv(await put("rows.tsv", "1\t2\t3\n"), fields);
    expect([...data.columns.get("x")!.values]).toEqual([1, 2]);
  });

  test("errors name the file, line and column", async () => {
    const path = await put("bad.csv", `${csv}1,oops,3\n`);
    await expectError(() => readCsv(path, fields), "bad-csv", path, `line ${rows + 1}`, "column 2");
  });

  test("missing files, broken gzip and broken text are typed errors", async () => {
    await expectError(() => readCsv(join(folder, "none.csv"), fields), "io", "none.csv");
    const cut = await put("cut.csv.gz", gzipSync(csv).subarray(0, 5000));
    await expectError(() => readCsv(cut, fields), "io", "cut.csv.gz");
    const plain = await put("plain.csv.gz", csv);
    await expectError(() => readCsv(plain, fields), "io", "plain.csv.gz");
    const latin = await put("latin.csv", Uint8Array.of(0x31, 0x2c, 0xe9, 0x0a));
    await expectError(() => readCsv(latin, fields), "bad-csv", "not UTF-8");
  });

  test("text split inside a character is put together", async () => {
    const names = `é,ü,ö\n${"1,2,3\n".repeat(10)}`;
    expect((await readCsv(await put("utf8.csv", names), fields)).length).toBe(10);
  });

  test("array files make a table with one column each", async () => {
    const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 6);
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 0);
    const paths = {
      x: await put("train-images-idx3-ubyte.gz", gzipSync(images)),
      label: await put("train-labels-idx1-ubyte", labels),
    };
    const data = await readArrays(paths, fields);
    expect(data.columns.get("x")).toEqual({
      dtype: "f32",
      shape: [2],
      values: Float32Array.of(9, 8, 7, 6),
    });
    expect([...data.columns.get("label")!.values]).toEqual([1, 0]);
    await expectError(() => readArrays({ x: paths.x }, fields), "bad-data", "`label`");
    const bad = await put("bad.npy", "not numpy at all");
    await expectError(() => readArray(bad), "bad-npy", bad);
  });

  test.each([
    ["a.csv", "csv"],
    ["A.TSV.GZ", "csv"],
    ["w.npy", "npy"],
    ["t10k-labels-idx1-ubyte.gz", "idx"],
    ["images.idx", "idx"],
  ])("%s is %s by its name", (path, format) =>
    expect(formatOf(path, Uint8Array.of(0x31))).toBe(format),
  );

  test.each([
    [[0x93, 0x4e], "npy"],
    [[0, 0, 8, 1], "idx"],
    [[0x31, 0x2c], "csv"],
    [[], "csv"],
  ])("a file that starts with %j is %s", (head, format) =>
    expect(formatOf("images", Uint8Array.from(head))).toBe(format),
  );
});

describe("pathInside", () => {
  test("refuses whatever leaves the folder or is a link", async () => {
    const root = join(folder, "root");
    await mkdir(join(root, "sub"), { recursive: true });
    await writeFile(join(root, "sub", "file"), "inside");
    await writeFile(join(folder, "secret"), "outside");
    await symlink(folder, join(root, "out"));
    await symlink(join(folder, "secret"), join(root, "soft"));
    await link(join(folder, "secret"), join(root, "hard"));

    expect(await pathInside(root, "sub/file")).toMatch(/root\/sub\/file$/);
    expect(await pathInside(root, "new/deep/file")).toMatch(/root\/new\/deep\/file$/);
    expect(await pathInside(root, "..name")).toMatch(/root\/\.\.name$/);
    for (const path of [
      "../secret",
      "sub/../../secret",
      "..",
      "/etc/passwd",
      join(folder, "secret"),
      join(root, "sub/file"),
      "out/secret",
      "out/new",
      "a\0b",
    ]) {
      await expectError(() => pathInside(root, path), "bad-path", "leaves the folder");
    }
    await expectError(() => pathInside(root, "soft"), "bad-path", "is a link");
    await expectError(() => pathInside(root, "hard"), "bad-path", "is a link");
  });
});

describe("writeFileAtomic", () => {
  test("replaces a file and leaves nothing beside it", async () => {
    const home = await mkdtemp(join(folder, "atomic-"));
    const path = join(home, "model.safetensors");
    for (const content of [[1, 2, 3], [4]]) {
      await writeFileAtomic(path, Uint8Array.from(content));
      expect([...(await readFile(path))]).toEqual(content);
    }
    expect(await readdir(home)).toEqual(["model.safetensors"]);
  });

  test("fails with a typed error and cleans up", async () => {
    const home = await mkdtemp(join(folder, "atomic-"));
    const missing = join(home, "none", "file");
    await expectError(() => writeFileAtomic(missing, new Uint8Array(1)), "io", missing);
    await mkdir(join(home, "taken", "inside"), { recursive: true });
    await expectError(() => writeFileAtomic(join(home, "taken"), new Uint8Array(1)), "io");
    expect(await readdir(home)).toEqual(["taken"]);
  });

  test("many writers at once leave one of their files whole", async () => {
    const home = await mkdtemp(join(folder, "atomic-"));
    const path = join(home, "file");
    await Promise.all(
      Array.from({ length: 16 }, (_, i) => writeFileAtomic(path, new Uint8Array(200_000).fill(i))),
    );
    const bytes = await readFile(path);
    expect(bytes.length).toBe(200_000);
    expect(new Set(bytes).size).toBe(1);
    expect(await readdir(home)).toEqual(["file"]);
  });

  test("killed at any moment, the file is whole and at most one save is lost", async () => {
    const home = await mkdtemp(join(folder, "kill-"));
    const path = join(home, "checkpoint.safetensors");
    const script = fileURLToPath(new URL("programs/save-forever.ts", import.meta.url));
    let last = 0;
    for (let kill = 0; kill < 20; kill++) {
      const child = spawn(process.execPath, ["--import", "tsx", script, path, String(last + 1)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = once(child, "close");
      let printed = "";
      child.stdout.on("data", (piece: Buffer) => (printed += piece.toString()));
      await once(child.stdout, "data");
      // Somewhere within the next few saves.
      const delay = (threefryWord(1, 2, kill, Date.now(), 0) >>> 0) % 40;
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
      await closed;

      const told = Number(printed.trim().split("\n").at(-1));
      const { bytes } = readSafetensors(await readFile(path)).tensors.get("w")!;
      const values = new Float32Array(bytes.slice().buffer);
      last = values[0]!;
      expect(values.every((value) => value === last)).toBe(true);
      expect(last).toBeGreaterThanOrEqual(told);
      expect(last).toBeLessThanOrEqual(told + 1);
    }
  }, 300_000);
});
