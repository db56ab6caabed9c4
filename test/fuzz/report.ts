// Runs generated programs one after another; what fails is made small and kept as a file.

import { mkdirSync, writeFileSync } from "node:fs";
import { generate } from "./generate.ts";
import { programText } from "./program.ts";
import type { Program } from "./program.ts";
import { verdictOf } from "./run.ts";
import type { Check } from "./run.ts";
import { shrink } from "./shrink.ts";

const folder = new URL("../../.cache/fuzz/", import.meta.url);

/** The words before the first number: two verdicts of one kind have the same cause, as a rule. */
export const kindOf = (verdict: string): string => verdict.split(/[:[]/)[0]!;

/** The smallest program that fails in the same way, kept as a file. */
const report = async (program: Program, verdict: string, check?: Check): Promise<string> => {
  const small = await shrink(program, async (candidate) => {
    const found = await verdictOf(candidate, check);
    return found !== null && kindOf(found) === kindOf(verdict);
  });
  const text = `// seed ${program.seed}: ${await verdictOf(small, check)}\n${programText(small)}`;
  mkdirSync(folder, { recursive: true });
  const file = new URL(`seed-${program.seed}.dlm`, folder);
  writeFileSync(file, text);
  return text;
};

/** What goes wrong with a seed, null when nothing does. */
export const failureOf = async (seed: number, check?: Check): Promise<string | null> => {
  const program = generate(seed);
  const verdict = await verdictOf(program, check);
  return verdict === null ? null : report(program, verdict, check);
};

/** Failures of `count` programs, the first three at most. */
export const failuresOf = async (
  first: number,
  count: number,
  check?: Check,
): Promise<readonly string[]> => {
  const failures: string[] = [];
  for (let seed = first; seed < first + count && failures.length < 3; seed++) {
    const failure = await failureOf(seed, check);
    if (failure !== null) failures.push(failure);
  }
  return failures;
};
