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

  test("results for each position are lists of the length of their sequence", async () => {
    const tagger = `model Net(tokens: int[B, T], lengths: int[B]) -> [B, T, 3] {
  return tokens -> Embedding(7, 3) -> scan T where within(lengths, T) { Gru(4) -> Dense(3) }
}

train Tag {
  data tokens: int[B, T], lengths: int[B], tag: int[B, T]
  let net = Net()
  let score = net(tokens, lengths)
  minimize mean_where(cross_entropy(score, tag, ignore = -1), tag != -1) using Adam(lr = 0.05)
  metric accuracy = mean_where(accuracy(score, tag), tag != -1)
  metric known = sum(tag != -1)
  batch: 4
  epochs: 20
}
`;
    const lines = examples(20).map(({ tokens }) => ({
      tokens: [...tokens],
      tag: [...tokens].map((token) => token % 3),
    }));
    const data = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const cwd = folderWith({ "net.dlm": tagger, "data.jsonl": data });
    const trained = await runDlm(
      ["train", "net.dlm", "--data", "data.jsonl", "--out", "run", "--json"],
      { cwd },
    );
    const last = JSON.parse(trained.out.trim().split("\n").at(-1)!) as {
      readonly train: Readonly<Record<string, number>>;
    };
    // Padded labels are those that the loss ignores, so only the real ones are counted.
    expect(last.train["known"]).toBe(lines.flatMap(({ tag }) => tag).length);
    expect(last.train["accuracy"]).toBeGreaterThan(0.95);

    const weights = ["--weights", "run/model.safetensors", "--data", "data.jsonl"];
    const refused = await runDlm(["predict", "net.dlm", ...weights], { cwd });
    expect(refused.err).toContain("gives a result of its own size for each sequence");
    const { out } = await runDlm(["predict", "net.dlm", ...weights, "--json"], { cwd });
    const results = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { y: number[][] });
    expect(results.map(({ y }) => y.length)).toEqual(lines.map(({ tag }) => tag.length));
    const best = results.map(({ y }) => y.map((row) => row.indexOf(Math.max(...row))));
    const right = best.flat().filter((tag, i) => tag === lines.flatMap((line) => line.tag)[i]);
    expect(right.length / best.flat().length).toBeCloseTo(last.train["accuracy"]!, 6);
  });
});
