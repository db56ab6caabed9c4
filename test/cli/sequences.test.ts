// `dlm train`, `evaluate` and `predict` on sequences of different lengths in JSON Lines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { classifier, examples } from "../sequences/recipe.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const linesOf = (count: number): string =>
  examples(count)
    .map(({ tokens, label }) => `${JSON.stringify({ tokens: [...tokens], label })}\n`)
    .join("");

const folder = (more: Readonly<Record<string, string | Uint8Array>> = {}): string =>
  folderWith({ "net.dlm": classifier, "data.jsonl": linesOf(41), ...more });

describe("JSON Lines on the command line", () => {
  test("train, resume to the same bits, evaluate and predict", async () => {
    const cwd = folder({ "packed.jsonl.gz": gzipSync(linesOf(41)) });
    const train = (out: string, data: string, ...more: readonly string[]) =>
      runDlm(["train", "net.dlm", "--data", data, "--holdout", "8", "--out", out, ...more], {
        cwd,
      });
    const whole = await train("whole", "data.jsonl");
    expect(whole.err).toContain("33 examples to learn from, 8 kept for the test");
    expect(whole.code).toBe(0);
    await train("half", "packed.jsonl.gz", "--steps", "13");
    const resumed = await train("half", "packed.jsonl.gz", "--resume");
    expect(resumed).toMatchObject({ code: 0, out: whole.out });
    const saved = (name: string) => readFileSync(join(cwd, name, "model.safetensors"));
    expect(saved("half")).toEqual(saved("whole"));

    const weights = ["--weights", "whole/model.safetensors", "--data", "data.jsonl"];
    const measured = await runDlm(["evaluate", "net.dlm", ...weights, "--holdout", "8"], { cwd });
    const test = /test +(loss \S+ {2}accuracy \S+)/.exec(whole.out)![1]!;
    expect(measured.out).toContain(test);
    const predicted = await runDlm(["predict", "net.dlm", ...weights], { cwd });
    expect(predicted.err).toBe("");
    expect(predicted.out.trim().split("\n")).toHaveLength(42);
  });

  test.each([
    [
      '{"tokens": [1], "label": 0}\n{"tokens": [1, 2.5], "label": 0}\n',
      "bad.jsonl: line 2: `tokens` holds 2.5, not a whole number",
    ],
    ['{"tokens": [1]}\n', "bad.jsonl: line 1: there is no `label`"],
    [
      '{"tokens": [1], "label": 0}\n{"tokens": [1, 7], "label": 0}\n',
      "`tokens` is 7 in example 2 of bad.jsonl; the network takes 0 to 6",
    ],
    [
      '{"tokens": [1], "label": 0}\n{"tokens": [1,1,1,1,1,1,1,1,1,1,1,1,1], "label": 0}\n',
      "`tokens` has 13 positions in example 2 of bad.jsonl; `T` is at most 12",
    ],
    ["\n", "bad.jsonl holds no examples"],
  ])("%s is refused", async (text, message) => {
    const cwd = folder({ "bad.jsonl": text });
    const { code, err } = await runDlm(["train", "net.dlm", "--data", "bad.jsonl"], { cwd });
    expect(err).toContain(message);
    expect(code).not.toBe(0);
  });

  test("a file of whole examples is no field", async () => {
    const { err } = await runDlm(
      ["train", "net.dlm", "--data", "tokens=data.jsonl", "lengths=data.jsonl", "label=data.jsonl"],
      { cwd: folder() },
    );
    expect(err).toContain("data.jsonl holds whole examples, not one field");
  });

  test("results for each position cannot be rows of one length", async () => {
    const tagger = classifier
      .replace("-> [B, 2] {", "-> [B, T, 2] {")
      .replace("last_of(y, lengths) -> Dense(2)", "y -> Dense(2)")
      .replace(
        "mean(cross_entropy(score, label))",
        "mean(cross_entropy(last_of(score, lengths), label))",
      )
      .replace("  metric accuracy = mean(accuracy(score, label))\n", "");
    const cwd = folder({ "tagger.dlm": tagger });
    const trained = await runDlm(
      ["train", "tagger.dlm", "--data", "data.jsonl", "--out", "run", "--steps", "1"],
      { cwd },
    );
    expect(trained.code).toBe(0);
    const { err } = await runDlm(
      ["predict", "tagger.dlm", "--weights", "run/model.safetensors", "--data", "data.jsonl"],
      { cwd },
    );
    expect(err).toContain("gives [B, T, 2]: a result of its own size for each sequence");
  });
});
