// What runs a network: WebAssembly unless the command says otherwise, with the same results.

import { expect, test } from "vitest";
import { sentence, textProgram, tinyProgram, tinyRows } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const onTypescript = ["--backend", "typescript"];

const numbersIn = (text: string): readonly number[] =>
  [...text.matchAll(/\d+\.\d+(e-\d+)?/g)].map(([number]) => Number(number));

test("training, evaluation and predictions are those of TypeScript", async () => {
  const cwd = folderWith({ "net.dlm": tinyProgram, "data.csv": tinyRows(61) });
  const run = (words: string, on: readonly string[]) =>
    runDlm([...words.split(" "), "--data", "data.csv", ...on], { cwd });
  const train = "train net.dlm --out run";
  expect((await run(train, onTypescript)).err).not.toContain("WebAssembly");
  expect((await run(train, [])).err).toMatch(/compiled in .*, on WebAssembly/);
  for (const words of [
    "train net.dlm --quiet",
    "evaluate net.dlm --weights run",
    "predict net.dlm --weights run --json",
  ]) {
    const [own, wanted] = [await run(words, []), await run(words, onTypescript)];
    expect([own.code, wanted.code], own.err + wanted.err).toEqual([0, 0]);
    const wantedNumbers = numbersIn(wanted.out);
    expect(wantedNumbers.length).toBeGreaterThan(1);
    expect(numbersIn(own.out)).toHaveLength(wantedNumbers.length);
    numbersIn(own.out).forEach((number, k) => expect(number).toBeCloseTo(wantedNumbers[k]!, 4));
  }
});

test("so is text, which no GPU writes", async () => {
  const cwd = folderWith({ "net.dlm": textProgram, "a.txt": sentence.repeat(20) });
  const trained = await runDlm(["train", "net.dlm", "--data", "a.txt", "--out", "run"], { cwd });
  expect(trained.code, trained.err).toBe(0);
  const generate = (...on: readonly string[]) =>
    runDlm(["generate", "net.dlm", "--weights", "run", "--length", "40", "--greedy", ...on], {
      cwd,
    });
  const own = await generate();
  expect(own).toMatchObject({ code: 0, err: "" });
  expect(own.out.trimEnd().length).toBeGreaterThan(30);
  expect(await generate(...onTypescript)).toEqual(own);
  const refused = await generate("--backend", "webgpu");
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("typescript, wasm");
});

test("more than WebAssembly has: says how much, and what may have it", async () => {
  const program = `model Wide(x: [B, 40000]) -> [B, 30000] {
  param W: [40000, 30000] = 0
  return x @ W
}
train Fit {
  data x: [B, 40000], y: [B, 30000]
  minimize mean((Wide()(x) - y)^2) using Sgd(lr = 0.1)
}
`;
  const cwd = folderWith({ "net.dlm": program, "data.csv": "1" });
  const { code, err } = await runDlm(["train", "net.dlm", "--data", "data.csv"], { cwd });
  expect(code).toBe(1);
  expect(err).toMatch(
    /error: cannot get \d+ MB of memory: WebAssembly has 4096 MB at most, TypeScript more/,
  );
  expect(err).toContain("help: take a smaller `--batch`");
});
