// `dlm generate`: text from saved weights, with each option, and what is refused.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, instantiate } from "../../compiler/index.ts";
import { alphabetOf, byteTokens, characterTokens } from "../../runtime/data/tokens.ts";
import type { Tokens } from "../../runtime/data/tokens.ts";
import { Model, startModel } from "../../runtime/model.ts";
import { writeSafetensors } from "../../runtime/safetensors.ts";
import { sentence, textProgram } from "./programs.ts";
import { folderWith, runDlm } from "./run-dlm.ts";
import type { Ran } from "./run-dlm.ts";

/** Weights of the bigram model: the logarithm of how often each token follows each in the text; never is -20. */
const counted = (text: string, tokens: Tokens, size = tokens.size, named = true): Uint8Array => {
  const table = new Float32Array(size * size).fill(-20);
  const ids = tokens.encode(text);
  for (let i = 1; i < ids.length; i++) {
    const at = ids[i - 1]! * size + ids[i]!;
    table[at] = Math.log(Math.exp(table[at]!) + 1);
  }
  const bytes = new Uint8Array(table.buffer);
  return writeSafetensors(
    new Map([["Embedding_0.W", { dtype: "F32", shape: [size, size], bytes }]]),
    new Map(named ? [["dlm.tokens", tokens.note]] : []),
  );
};

const letters = characterTokens(alphabetOf(sentence));
const files = { "net.dlm": textProgram, "w.safetensors": counted(sentence, letters) };

const generate = (cwd: string, ...args: readonly string[]): Promise<Ran> =>
  runDlm(["generate", "net.dlm", "--weights", "w.safetensors", ...args], { cwd });

const bound = (program: string): string =>
  program.replace("(text: int[B, T])", "(text: int[B, T <= 6])");

/** Pairs of characters that follow each other in the sentence. */
const pairs = new Set(Array.from(sentence.slice(1), (c, i) => sentence[i]! + c));
const pairsOf = (text: string): readonly string[] =>
  Array.from(text.slice(1), (c, i) => text[i]! + c);

describe("generating", () => {
  test("goes on from the prompt, with what may follow; the same seed gives the same text", async () => {
    const cwd = folderWith(files);
    const args = ["--prompt", "the qu", "--length", "300", "--seed", "3"];
    const { code, out } = await generate(cwd, ...args);
    expect(code).toBe(0);
    expect(out).toMatch(/^the qu[a-z ]{300}\n$/);
    for (const pair of pairsOf(out.trimEnd())) expect(pairs).toContain(pair);
    expect((await generate(cwd, ...args)).out).toBe(out);
    expect((await generate(cwd, ...args, "--temperature", "1")).out).toBe(out);
    expect((await generate(cwd, ...args.slice(0, -1), "4")).out).not.toBe(out);
    const longer = await generate(cwd, ...args, "--length", "400");
    expect(longer.out.startsWith(out.trimEnd())).toBe(true);
  });

  test("--greedy, --temperature 0 and --top-k 1 take the most likely: `e` mostly ends a word here", async () => {
    const cwd = folderWith(files);
    const args = ["--prompt", "qu", "--length", "14"];
    const { out } = await generate(cwd, ...args, "--greedy");
    expect(out).toBe("quick the the th\n");
    for (const same of [
      ["--temperature", "0"],
      ["--top-k", "1"],
      ["--top-p", "0.01"],
    ])
      expect((await generate(cwd, ...args, ...same, "--seed", "9")).out).toBe(out);
  });

  test("--top-k and --top-p keep what is likely at a high temperature", async () => {
    const cwd = folderWith(files);
    const args = ["--prompt", "the ", "--length", "400", "--seed", "1"];
    const free = await generate(cwd, ...args, "--temperature", "50");
    expect(pairsOf(free.out.trimEnd()).some((pair) => !pairs.has(pair))).toBe(true);
    const { out } = await generate(cwd, ...args, "--temperature", "0.5", "--top-p", "0.9");
    for (const pair of pairsOf(out.trimEnd())) expect(pairs).toContain(pair);
    const two = await generate(cwd, ...args, "--top-k", "2");
    for (const c of new Set(sentence)) {
      const followers = pairsOf(two.out.trimEnd()).filter((pair) => pair[0] === c);
      expect(new Set(followers).size).toBeLessThanOrEqual(2);
    }
  });

  test("--json prints prompt and text, and nothing else", async () => {
    const cwd = folderWith(files);
    const args = ["--prompt", "qu", "--length", "5", "--greedy", "--json"];
    const { code, out, err } = await generate(cwd, ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toEqual({ prompt: "qu", text: "ick t" });
  });

  test("goes on past the bound of the model", async () => {
    const cwd = folderWith({ ...files, "net.dlm": bound(textProgram.replace("T: 8", "T: 6")) });
    const { code, out } = await generate(cwd, "--prompt", "qu", "--length", "30", "--greedy");
    expect(code).toBe(0);
    expect(out).toBe("quick the the the the the the th\n");
  });

  test("without a prompt it starts a line, or with a character of the seed where there are no lines", async () => {
    const lines = "ab\nab\nab\n";
    const tokens = characterTokens(alphabetOf(lines));
    const cwd = folderWith({
      "net.dlm": textProgram.replaceAll("27", "3"),
      "w.safetensors": counted(lines, tokens),
    });
    expect((await generate(cwd, "--length", "6", "--greedy")).out).toBe("ab\nab\n");
    const letterFolder = folderWith(files);
    const first = async (seed: number): Promise<string> =>
      (await generate(letterFolder, "--length", "0", "--seed", String(seed))).out;
    const starts = await Promise.all([1, 2, 3, 4, 5, 6].map(first));
    for (const start of starts) expect(start).toMatch(/^[a-z ]\n$/);
    expect(new Set(starts).size).toBeGreaterThan(1);
  });

  test("bytes: characters of several come whole, weights without a vocabulary need `--tokens bytes`", async () => {
    const text = "🜂é".repeat(20);
    const tokens = byteTokens();
    const cwd = folderWith({
      "net.dlm": textProgram.replaceAll("27", "256"),
      "w.safetensors": counted(text, tokens),
      "bare.safetensors": counted(text, tokens, 256, false),
    });
    const args = ["--prompt", "🜂", "--length", "8", "--greedy"];
    const { out } = await generate(cwd, ...args);
    expect(out).toBe("🜂é🜂é\n");
    const bare = ["generate", "net.dlm", "--weights", "bare.safetensors", ...args];
    expect((await runDlm([...bare, "--tokens", "bytes"], { cwd })).out).toBe(out);
    const refused = await runDlm(bare, { cwd });
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 1, out: "" });
    expect(refused.err).toContain("bare.safetensors has no vocabulary");
  });

  test("chooses only tokens of the vocabulary where the model has rows for more", async () => {
    const cwd = folderWith({
      "net.dlm": textProgram.replaceAll("27", "40"),
      "w.safetensors": counted(sentence, letters, 40),
    });
    const { code, out } = await generate(cwd, "--length", "300", "--temperature", "1000");
    expect(code).toBe(0);
    expect(new Set(out.trimEnd())).toEqual(new Set(sentence));
  });

  test("Ctrl-C ends the text where it is", async () => {
    const cwd = folderWith(files);
    const interrupt = AbortSignal.abort();
    const args = ["generate", "net.dlm", "--weights", "w.safetensors", "--prompt", "qu"];
    const { code, out } = await runDlm([...args, "--greedy"], { cwd, interrupt });
    expect({ code, out }).toEqual({ code: 130, out: "qui\n" });
  });
});

const recurrent = textProgram.replace(
  "text -> Embedding(vocab, vocab)",
  "text -> Embedding(vocab, 5) -> scan T { Lstm(7) } -> Dense(vocab)",
);
const attentive = bound(
  textProgram
    .replace(
      "text -> Embedding(vocab, vocab)",
      "text -> Embedding(vocab, 6) -> LearnedPositions(6) -> GptBlock(2, 0) -> Dense(vocab)",
    )
    .replace("T: 8", "T: 6"),
);

/** What follows the prompt if the most likely character is taken each time: by runs over everything so far. */
const byForward = async (
  program: string,
  weights: Uint8Array,
  prompt: string,
  count: number,
): Promise<string> => {
  const { modules } = compile({ entry: "net.dlm", read: () => program });
  const model = await instantiate(
    modules.find(({ name }) => name === "Bigram")!,
    {},
  );
  if (!("forward" in model)) throw new Error("no model");
  const net = await startModel(new Model<{ text: Int32Array }, Float32Array>(model), { weights });
  let text = prompt;
  for (let made = 0; made < count; made++) {
    const scores = await net.forward({ text: letters.encode(text) }, { sizes: { B: 1 } });
    const last = [...scores.subarray(-27)];
    text += letters.decode([last.indexOf(Math.max(...last))]);
  }
  return text;
};

describe("a model that can be stepped carries its state along", () => {
  test.each([
    ["recurrent", recurrent, 25],
    ["attentive, up to its bound", attentive, 3],
  ])("%s: the same text as from runs over everything", async (_, program, count) => {
    const cwd = folderWith({ "net.dlm": program, "book.txt": sentence });
    const train = ["train", "net.dlm", "--data", "book.txt", "--steps", "5", "--out", "run"];
    expect((await runDlm([...train, "--quiet"], { cwd })).err).toBe("");
    const args = ["generate", "net.dlm", "--weights", "run", "--prompt", "the", "--length"];
    const { out, err } = await runDlm([...args, String(count), "--greedy"], { cwd });
    const weights = readFileSync(join(cwd, "run/model.safetensors"));
    expect(out).toBe(`${await byForward(program, weights, "the", count)}\n`);
    expect(err).toBe("");
    const long = await runDlm([...args, "40", "--seed", "5"], { cwd });
    expect(long.err).toBe("");
    expect(long.out).toMatch(/^the[a-z ]{40}\n$/);
    expect((await runDlm([...args, "40", "--seed", "5"], { cwd })).out).toBe(long.out);
  });

  test("one that cannot says so once, and goes on over its window", async () => {
    const both = textProgram.replace(
      "text -> Embedding(vocab, vocab)",
      "text -> Embedding(vocab, 5) -> scan T reverse { Gru(7) } -> Dense(vocab)",
    );
    const cwd = folderWith({ "net.dlm": both, "book.txt": sentence });
    await runDlm(["train", "net.dlm", "--data", "book.txt", "--steps", "5", "--out", "run"], {
      cwd,
    });
    const args = ["generate", "net.dlm", "--weights", "run", "--length", "20"];
    const { code, out, err } = await runDlm(args, { cwd });
    expect(err).toBe(
      "`net` cannot go on step by step: it runs over the last 8 for each of the characters\n",
    );
    expect(out).toMatch(/^[a-z ]{21}\n$/);
    expect(code).toBe(0);
  });
});

describe("says what is wrong and what to do", () => {
  const refused: readonly (readonly [string, readonly string[], number, string])[] = [
    [
      "a prompt outside the vocabulary",
      ["--prompt", "the Q"],
      1,
      'error: --prompt: `Q` (U+0051) at position 4 is not among the 27 characters of the vocabulary\n  help: the model knows " abcdefghijklmnopqrstuvwxyz"\n',
    ],
    [
      "greedy and a temperature",
      ["--greedy", "--temperature", "0.5"],
      2,
      "error: --greedy always takes the most likely, and leaves nothing to draw\n  help: drop it, or drop --temperature, --top-k and --top-p\n",
    ],
    [
      "other tokens than saved",
      ["--tokens", "bytes"],
      2,
      "error: w.safetensors was trained on characters\n  help: drop `--tokens bytes`\n",
    ],
    ["a temperature below 0", ["--temperature=-1"], 2, "It must be a number from 0, such as 0.8."],
    ["no neighbours", ["--top-k", "0"], 2, "It must be a whole number, 1 or more."],
    ["a share above 1", ["--top-p", "1.5"], 2, "It must be a number above 0 and at most 1."],
    ["half a character", ["--length", "1.5"], 2, "It must be a whole number, 0 or more."],
  ];
  test.each(refused)("%s", async (_, args, code, message) => {
    const ran = await generate(folderWith(files), ...args);
    expect(ran.err).toContain(message);
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: "" });
  });

  const table = (rows: number, columns: number): Uint8Array =>
    writeSafetensors(
      new Map([
        [
          "Embedding_0.W",
          { dtype: "F32", shape: [rows, columns], bytes: new Uint8Array(4 * rows * columns) },
        ],
      ]),
      new Map([["dlm.tokens", letters.note]]),
    );
  const bare = (text: string): string => text.slice(0, text.indexOf("train"));

  const unfit: readonly (readonly [string, string, Uint8Array, string])[] = [
    [
      "fewer rows than characters",
      textProgram.replaceAll("27", "3"),
      table(3, 3),
      "`text` takes 0 to 2 (net.dlm:1:25), and there are 27 characters\n  help: was the model trained with these tokens?\n",
    ],
    [
      "too few scores",
      bare(textProgram)
        .replace("[B, T, vocab] {", "[B, T, 3] {")
        .replace("vocab, vocab", "vocab, 3"),
      table(27, 3),
      "`Bigram` gives [B, T, 3]: no score for each of 27 characters\n  help: its result should be `[B, T, 27]`\n",
    ],
    [
      "an input that is no text",
      bare(textProgram).replace("text: int[B, T]", "text: int[B, T], n: int[B]"),
      table(27, 27),
      "`Bigram` does not read text: it takes text: int[B, T], n: int[B]\n  help: text goes into a model with one input like `text: int[B, T]`\n",
    ],
    [
      "a prompt shorter than the only length there is",
      bare(textProgram).replaceAll("T", "7"),
      table(27, 27),
      "`Bigram` reads exactly 7 characters, and the prompt has 3\n  help: write a longer --prompt\n",
    ],
  ];
  test.each(unfit)("%s", async (_, program, saved, message) => {
    const cwd = folderWith({ "net.dlm": program, "w.safetensors": saved });
    const ran = await generate(cwd, "--prompt", "the");
    expect(ran.err).toContain(`error: ${message}`);
    expect(ran.out).toBe("");
    expect(ran.code).toBe(2);
  });
});
