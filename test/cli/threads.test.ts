// `--threads`: the same numbers, and only where there can be any.

import { expect, test } from "vitest";
import { runDlm } from "./run-dlm.ts";

const train = (...args: readonly string[]) =>
  runDlm([
    "train",
    "examples/digits/mlp.dlm",
    "--data",
    "examples/digits/digits.csv.gz",
    "--steps",
    "20",
    "--json",
    ...args,
  ]);

const withoutTimes = (out: string): string => out.replaceAll(/"(?:seconds|perSecond)":[^,}]*/g, "");

test("a training on two threads logs what one does", async () => {
  const alone = await train();
  expect(alone).toMatchObject({ code: 0, err: "" });
  for (const threads of ["2", "auto"]) {
    const shared = await train("--threads", threads);
    expect(withoutTimes(shared.out)).toBe(withoutTimes(alone.out));
    expect(shared).toMatchObject({ code: 0, err: "" });
  }
});

test("only WebAssembly has threads", async () => {
  const { code, err } = await train("--backend", "typescript", "--threads", "2");
  expect(code).not.toBe(0);
  expect(err).toContain("`--threads`: only WebAssembly has any");
  expect(err).toContain("add `--backend wasm`");
});

test("a number of threads is a whole one", async () => {
  const { code, err } = await train("--threads", "0");
  expect(code).not.toBe(0);
  expect(err).toContain("It must be a whole number, 1 or more.");
});
