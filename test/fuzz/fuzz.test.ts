import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generate } from "./generate.ts";
import { programText } from "./program.ts";
import type { Program } from "./program.ts";
import { verdictOf } from "./run.ts";
import { shrink } from "./shrink.ts";

const folder = new URL("../../.cache/fuzz/", import.meta.url);

/** The words before the first number: two verdicts of one kind have the same cause, as a rule. */
const kindOf = (verdict: string): string => verdict.split(/[:[]/)[0]!;

/** The smallest program that fails in the same way, kept as a file. */
const report = async (program: Program, verdict: string): Promise<string> => {
  const small = await shrink(program, async (candidate) => {
    const found = await verdictOf(candidate);
    return found !== null && kindOf(found) === kindOf(verdict);
  });
  const text = `// seed ${program.seed}: ${await verdictOf(small)}\n${programText(small)}`;
  mkdirSync(folder, { recursive: true });
  const file = new URL(`seed-${program.seed}.dlm`, folder);
  writeFileSync(file, text);
  return text;
};

const failuresOf = async (first: number, count: number): Promise<readonly string[]> => {
  const failures: string[] = [];
  for (let seed = first; seed < first + count && failures.length < 3; seed++) {
    const program = generate(seed);
    const verdict = await verdictOf(program);
    if (verdict !== null) failures.push(await report(program, verdict));
  }
  return failures;
};

test("600 programs of a fixed seed agree everywhere", { timeout: 600_000 }, async () => {
  expect(await failuresOf(1, 600)).toEqual([]);
});

test("400 programs of a fresh seed agree everywhere", { timeout: 600_000 }, async () => {
  const seed = 1_000_000 + Math.floor(Math.random() * 2_000_000_000);
  console.log(`fresh seed ${seed}`);
  expect(await failuresOf(seed, 400), `fresh seed ${seed}`).toEqual([]);
});

test("the generator covers at least fifty kinds of statement", () => {
  const rules = new Set<string>();
  for (let seed = 1; seed <= 600; seed++)
    for (const { rule } of generate(seed).statements) rules.add(rule);
  expect(rules.size).toBeGreaterThanOrEqual(50);
});
