// Saving where the disk is full, broken or read-only, and by two processes at once: a typed error, and a whole file.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { FileSystem, OpenFile } from "../../runtime/node/checkpoint.ts";
import { writeFileAtomic } from "../../runtime/node/index.ts";
import { readSafetensors } from "../../runtime/safetensors.ts";
import { errorOf, expectError } from "./errors.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dlm-faults-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const calls = ["open", "write", "sync", "close", "rename", "open folder", "sync folder"] as const;
type Call = (typeof calls)[number];

/** The real disk, where one call fails: a write after half of the bytes. */
const failingAt = (failing: Call, code: string): FileSystem => {
  const fail = (): never => {
    throw Object.assign(new Error(`${code}: injected`), { code });
  };
  const guard = async (call: Call, body: () => Promise<void>): Promise<void> => {
    if (call === failing) fail();
    await body();
  };
  return {
    open: async (path, flags): Promise<OpenFile> => {
      const folder = flags === "r";
      if (failing === (folder ? "open folder" : "open")) fail();
      const file = await open(path, flags);
      return {
        writeFile: async (bytes) => {
          await file.writeFile(failing === "write" ? bytes.subarray(0, bytes.length / 2) : bytes);
          if (failing === "write") fail();
        },
        sync: () => guard(folder ? "sync folder" : "sync", () => file.sync()),
        close: async () => {
          await file.close();
          if (failing === "close" && !folder) fail();
        },
      };
    },
    rename: (from, to) => guard("rename", () => rename(from, to)),
    rm,
  };
};

const old = Uint8Array.of(1, 2, 3);
const fresh = new Uint8Array(5000).fill(7);

describe.each(["ENOSPC", "EIO", "EROFS"])("%s", (code) => {
  test.each(calls)("at %s leaves the old file or the new one, and nothing else", async (call) => {
    const home = await mkdtemp(join(root, "home-"));
    const path = join(home, "model.safetensors");
    await writeFile(path, old);
    const error = await errorOf(() => writeFileAtomic(path, fresh, failingAt(call, code)));
    expect([error.code, error.message]).toEqual(["io", expect.stringContaining(code)]);
    expect(error.message).toContain(call.endsWith("folder") ? home : path);
    const renamed = call.endsWith("folder");
    expect(new Uint8Array(await readFile(path))).toEqual(renamed ? fresh : old);
    expect(await readdir(home)).toEqual(["model.safetensors"]);
    await writeFileAtomic(path, fresh);
    expect(new Uint8Array(await readFile(path))).toEqual(fresh);
  });
});

const mount = (...args: readonly string[]): boolean => spawnSync("mount", args).status === 0;

/** A file system of 256 kB, where this process may make one. */
const smallDisk = async (): Promise<string | null> => {
  const disk = await mkdtemp(join(root, "disk-"));
  if (!mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", disk)) return null;
  onTestFinished(() => void spawnSync("umount", [disk]));
  return disk;
};

test("a real disk that is full, then read-only, keeps the old file", async ({ skip }) => {
  const disk = await smallDisk();
  if (disk === null) return skip("needs the right to mount a tmpfs");
  const path = join(disk, "model.safetensors");
  await writeFileAtomic(path, old);
  await expectError(() => writeFileAtomic(path, new Uint8Array(400_000)), "io", path, "ENOSPC");
  expect(new Uint8Array(await readFile(path))).toEqual(old);
  expect(await readdir(disk)).toEqual(["model.safetensors"]);
  mount("-o", "remount,ro", disk);
  await expectError(() => writeFileAtomic(path, fresh), "io", path, "EROFS");
  expect(new Uint8Array(await readFile(path))).toEqual(old);
});

test("two processes that save over one path never leave half of a file", async () => {
  const home = await mkdtemp(join(root, "two-"));
  const path = join(home, "model.safetensors");
  const script = fileURLToPath(new URL("programs/save-forever.ts", import.meta.url));
  const children = ["1", "1000001"].map((first) =>
    spawn(process.execPath, ["--import", "tsx", script, path, first], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  await Promise.all(children.map((child) => once(child.stdout, "data")));
  const writers = new Set<boolean>();
  for (let look = 0; look < 40 || (writers.size < 2 && look < 5000); look++) {
    const { bytes } = readSafetensors(await readFile(path)).tensors.get("w")!;
    const values = new Float32Array(bytes.slice().buffer);
    expect(values.every((value) => value === values[0])).toBe(true);
    writers.add(values[0]! > 1e6);
  }
  const closed = children.map((child) => once(child, "close"));
  children.forEach((child) => child.kill());
  await Promise.all(closed);
  expect(writers.size).toBe(2);
  readSafetensors(await readFile(path));
});
