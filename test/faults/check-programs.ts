// Generated programs until one of them comes out differently in two ways of running it.

import { generate } from "../fuzz/generate.ts";
import { verdictOf } from "../fuzz/run.ts";

/** Seeds of their own: the fuzzer's fixed ones are run by its own test. */
const firstSeed = 7000;
const count = Number(process.argv[3] ?? 60);

export const findByFuzzing = async (): Promise<string | null> => {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const verdict = await verdictOf(generate(seed));
    if (verdict !== null) return `seed ${seed}: ${verdict}`;
  }
  return null;
};
