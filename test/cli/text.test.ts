// `dlm train` and `dlm evaluate` on text: windows, vocabularies that travel with the weights, and what is refused.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../runtime/safetensors.ts";
import { sentence, textProgram, tinyProgram } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

const files = { "net.dlm": textProgram, "book.txt": sentence };
const train = ["train", "net.dlm", "--data", "book.txt"];

type Measures = { readonly loss: number; readonly bits: number };

const lastEvent = (out: string): Readonly<Record<string, Measures>> =>
  JSON.parse(out.trim().split("\n").at(-1)!) as Readonly<Record<string, Measures>>;

/** Mean of -log2 of the softmax of the row of each character, at the one that follows. */
const bitsOf = (table: Float32Array, text: string): number => {
  const alphabet = " abcdefghijklmnopqrstuvwxyz";
  const ids = [...text].map((character) => alphabet.indexOf(character));
  const costs = ids.slice(1).map((next, i) => {
    const row = [...table.subarray(ids[i]! * 27, ids[i]! * 27 + 27)];
    const sum = row.reduce((total, score) => total + Math.exp(score), 0);
    return Math.log2(sum) - row[next]! / Math.LN2;
  });
  return costs.reduce((total, cost) => total + cost, 0) / costs.length;
};

describe("training on text", () => {
  test("says what it read, learns, and measures its end in bits a character", async () => {
    const cwd = folderWith(files);
    const ran = await runDlm([...train, "--holdout", "0.1", "--out", "run"], { cwd });
    expect(ran.err).toContain("1,440 characters of 27 kinds, in windows of 8\n");
    // 144 characters hold 17 windows and the one that follows: 137, and 1,303 are left.
    expect(ran.err).toContain("161 examples to learn from, 17 kept for the test; seed 0");
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/^test {2}loss \d\.\d{4} {2}bits \d\.\d{4} {2}\(17 examples\)\n$/);

    const evaluate = ["evaluate", "net.dlm", "--weights", "run", "--data", "book.txt", "--json"];
    const results = await Promise.all(
      ["1", "5", "100"].map((batch) =>
        runDlm([...evaluate, "--holdout", "10%", "--batch", batch], { cwd }),
      ),
    );
    for (const { out } of results) {
      const { examples, loss, bits } = JSON.parse(out) as Measures & { readonly examples: number };
      expect(examples).toBe(17);
      expect(loss.toFixed(4)).toBe(/loss (\S+)/.exec(ran.out)![1]);
      expect(bits).toBeCloseTo(loss / Math.log(2), 6);
      expect(bits).toBeLessThan(Math.log2(27) / 1.5);
    }
  });

  test("the measure is exact: the cross-entropy of the saved table over every pair of the text", async () => {
    const cwd = folderWith({ ...files, "part.txt": sentence.slice(0, 8 * 11 + 1) });
    await runDlm([...train, "--out", "run", "--quiet"], { cwd });
    const evaluate = ["evaluate", "net.dlm", "--weights", "run", "--data", "part.txt", "--json"];
    const { bits } = JSON.parse((await runDlm(evaluate, { cwd })).out) as Measures;
    const { tensors } = readSafetensors(readFileSync(join(cwd, "run/model.safetensors")));
    const { bytes } = [...tensors.values()][0]!;
    const table = new Float32Array(bytes.slice().buffer);
    expect(bits).toBeCloseTo(bitsOf(table, sentence.slice(0, 8 * 11 + 1)), 5);
  });

  test("stopped and resumed, it gives the same bits; packed and in parts, the text is the same", async () => {
    const cwd = folderWith({
      ...files,
      "a.txt": sentence.slice(0, 100),
      "b.txt.gz": gzipSync(sentence.slice(100)),
    });
    await runDlm([...train, "--epochs", "3", "--out", "whole"], { cwd });
    // 36 batches make an epoch.
    await runDlm([...train, "--epochs", "3", "--steps", "50", "--out", "parts"], { cwd });
    const packed = ["train", "net.dlm", "--data", "a.txt", "b.txt.gz"];
    await runDlm([...packed, "--epochs", "3", "--out", "parts", "--resume"], { cwd });
    const bytes = (folder: string): Buffer => readFileSync(join(cwd, folder, "model.safetensors"));
    expect(bytes("parts").equals(bytes("whole"))).toBe(true);
  });

  test("a share for validation is its end too, and a bound fixes windows as well", async () => {
    const cwd = folderWith({
      ...files,
      "net.dlm": textProgram
        .replace("T: 8", "validation: 0.25\n  early_stop: 2")
        .replace("data text: int[B, T]", "data text: int[B, T <= 12]"),
    });
    const ran = await runDlm([...train, "--holdout", "100", "--json"], { cwd });
    expect(ran.err).toBe("");
    expect(ran.code).toBe(0);
    const { validation, test: held } = lastEvent(ran.out);
    expect(validation!.bits).not.toBe(held!.bits);
  });

  test("one field is enough for a recipe that shifts it itself", async () => {
    const cwd = folderWith({
      ...files,
      "net.dlm": textProgram
        .replace(", target: int[B, T]", "")
        .replace("net(text), target", "net(text[:, 0:7]), text[:, 1:8]"),
    });
    const ran = await runDlm([...train, "--holdout", "80"], { cwd });
    expect(ran.err).toContain("169 examples to learn from, 10 kept for the test");
    expect(ran.code).toBe(0);
  });

  test("bytes need 256 rows, and take every text", async () => {
    const cwd = folderWith({
      "net.dlm": textProgram.replaceAll("27", "256"),
      "book.txt": `${sentence}é🜂`,
      "other.txt": "שָׁלוֹם, שָׁלוֹם",
    });
    const args = [...train, "--tokens", "bytes", "--out", "run"];
    const ran = await runDlm([...args, "--test", "other.txt"], { cwd });
    expect(ran.err).toContain("1,446 bytes of 256 kinds");
    expect(ran.err).toContain("test: the last 5 bytes fill no window and are left out");
    expect(ran.code).toBe(0);
    const evaluate = ["evaluate", "net.dlm", "--weights", "run", "--data", "other.txt", "--json"];
    expect((await runDlm(evaluate, { cwd })).code).toBe(0);
  });
});

describe("the vocabulary", () => {
  test("is saved with the weights, and what it lacks is refused by name and place", async () => {
    const cwd = folderWith({ ...files, "other.txt": "the quick brown fox met Zoe" });
    await runDlm([...train, "--out", "run", "--quiet"], { cwd });
    for (const file of ["model", "checkpoint"]) {
      const { metadata } = readSafetensors(readFileSync(join(cwd, `run/${file}.safetensors`)));
      expect(JSON.parse(metadata.get("dlm.tokens")!)).toEqual({
        kind: "characters",
        alphabet: " abcdefghijklmnopqrstuvwxyz",
        unknown: null,
      });
    }
    const args = ["evaluate", "net.dlm", "--weights", "run", "--data", "other.txt"];
    expect(await runDlm(args, { cwd })).toEqual({
      code: 1,
      out: "",
      err:
        "error: other.txt: `Z` (U+005A) at position 24 is not among the 27 characters of the vocabulary\n" +
        "  help: a model trained with `--tokens bytes` takes every character\n",
    });
  });

  test("has to be the same when a run goes on", async () => {
    const cwd = folderWith(files);
    await runDlm([...train, "--out", "run", "--quiet"], { cwd });
    writeFileSync(join(cwd, "book.txt"), sentence.replaceAll("q", "k"));
    const ran = await runDlm([...train, "--out", "run", "--resume", "--quiet"], { cwd });
    expect(ran).toEqual({
      code: 1,
      out: "",
      err:
        "error: run/checkpoint.safetensors was trained on 27 characters, and this data is 26 characters, not the same ones\n" +
        "  help: go on with the text that it was trained on, and with the same `--tokens`\n",
    });
  });
});

describe("says what is wrong and what to do", () => {
  const refused: readonly (readonly [string, string, readonly string[], number, string, string])[] =
    [
      [
        "more characters than rows",
        textProgram.replaceAll("27", "20"),
        ["--data", "book.txt"],
        1,
        "the text has 27 different characters, and `text` takes 0 to 19 (net.dlm:6:8)",
        "change `vocab = 20` to `vocab = 27` in the configuration of `Bigram`",
      ],
      [
        "bytes",
        textProgram,
        ["--data", "book.txt", "--tokens", "bytes"],
        1,
        "bytes are 0 to 255, and `text` takes 0 to 26 (net.dlm:6:8)",
        "change `vocab = 27` to `vocab = 256` in the configuration of `Bigram`",
      ],
      [
        "windows of no known length",
        textProgram.replace("T: 8", ""),
        ["--data", "book.txt"],
        2,
        "how long a window of `text: int[B, T]` is cannot be known",
        "fix it in the recipe: `T: 64`",
      ],
      [
        "a text shorter than a window",
        textProgram.replace("T: 8", "T: 1440"),
        ["--data", "book.txt"],
        1,
        "the text: 1440 tokens are too few for a window of 1441",
        "use a longer text or shorter windows",
      ],
      [
        "a test shorter than a window",
        textProgram,
        ["--data", "book.txt", "--holdout", "8"],
        2,
        "--holdout keeps 8 characters, fewer than the 9 of a window",
        "",
      ],
      [
        "a test that leaves nothing",
        textProgram,
        ["--data", "book.txt", "--holdout", "1440"],
        2,
        "--holdout keeps 1440 characters and leaves nothing to learn from: the text has 1440",
        "",
      ],
      [
        "another text for the test that is shorter than a window",
        textProgram,
        ["--data", "book.txt", "--test", "short.txt"],
        2,
        "8 characters are fewer than the 9 of a window",
        "take a longer text",
      ],
      ["an empty text", textProgram, ["--data", "empty.txt"], 2, "empty.txt holds no text", ""],
      [
        "bytes that are no text",
        textProgram,
        ["--data", "latin.txt"],
        2,
        "latin.txt is not UTF-8",
        "convert it, for example with iconv",
      ],
      [
        "scaling",
        textProgram,
        ["--data", "book.txt", "--normalize", "standard"],
        2,
        "--normalize standard: the recipe has no input that holds numbers with a fraction",
        "",
      ],
      [
        "a missing file",
        textProgram,
        ["--data", "bok.txt"],
        2,
        "there is no file bok.txt",
        "did you mean book.txt?",
      ],
    ];
  test.each(refused)("%s", async (_, program, args, code, message, help) => {
    const cwd = folderWith({
      "net.dlm": program,
      "book.txt": sentence,
      "empty.txt": "",
      "short.txt": "the quic",
      "latin.txt": Uint8Array.from([0x61, 0xe9, 0x62]),
    });
    const ran = await runDlm(["train", "net.dlm", ...args, "--quiet"], { cwd });
    expect(ran).toEqual({
      code,
      out: "",
      err: `error: ${message}\n${help === "" ? "" : `  help: ${help}\n`}`,
    });
  });

  test("no data: `--tokens` alone names none", async () => {
    const cwd = folderWith(files);
    const ran = await runDlm(["train", "net.dlm", "--tokens", "bytes"], { cwd });
    expect({ code: ran.code, out: ran.out }).toEqual({ code: 2, out: "" });
    expect(ran.err).toContain("error: no data is named; `BigramTrainer` reads");
    expect(ran.err).toContain("  or a text:\n    dlm train net.dlm --data book.txt\n");
  });

  test("a recipe that does not read text", async () => {
    const cwd = folderWith({ "net.dlm": tinyProgram, "book.txt": sentence });
    const ran = await runDlm([...train, "--tokens", "characters", "--quiet"], { cwd });
    expect(ran).toEqual({
      code: 2,
      out: "",
      err:
        "error: `TinyTrainer` does not read text: its data is x: [B, 3], label: int[B]\n" +
        "  help: text goes into one field, and what comes next into a second: `data text: int[B, T], target: int[B, T]`\n",
    });
  });

  test("weights without a vocabulary", async () => {
    const cwd = folderWith(files);
    await runDlm([...train, "--out", "run", "--quiet"], { cwd });
    const { tensors } = readSafetensors(readFileSync(join(cwd, "run/model.safetensors")));
    writeFileSync(join(cwd, "bare.safetensors"), writeSafetensors(tensors, new Map()));
    const args = ["evaluate", "net.dlm", "--weights", "bare.safetensors", "--data", "book.txt"];
    const ran = await runDlm(args, { cwd });
    expect({ code: ran.code, out: ran.out }).toEqual({ code: 1, out: "" });
    expect(ran.err).toContain(
      "bare.safetensors has no vocabulary: it does not say which character a number is",
    );
    expect(ran.err).toContain("if the numbers are bytes, write `--tokens bytes`");
  });
});
