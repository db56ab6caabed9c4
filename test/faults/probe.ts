// Run as a script: one check over the compiler it is bundled with; prints what it finds and ends.

import { findTraining } from "./check-training.ts";
import { findInConventions } from "./check-conventions.ts";
import { findByFuzzing } from "./check-programs.ts";
import { findInMath } from "../kernel/check-math.ts";
import { findInSteps } from "./check-steps.ts";
import { findInShaders } from "./check-shaders.ts";
import { findInWasm } from "./check-wasm.ts";
import { findInSchedules } from "./check-schedules.ts";
import { findInTaps } from "../lower/taps/find-difference.ts";
import type { Check } from "./faults.ts";

const checks: { readonly [C in Check]: () => Promise<string | null> } = {
  programs: findByFuzzing,
  conventions: findInConventions,
  training: findTraining,
  steps: findInSteps,
  math: findInMath,
  schedules: findInSchedules,
  taps: findInTaps,
  shaders: findInShaders,
  wasm: findInWasm,
};

const found = async (): Promise<string | null> => {
  try {
    return await checks[process.argv[2] as Check]();
  } catch (error) {
    return `crash: ${error instanceof Error ? error.message : String(error)}`;
  }
};

console.log(JSON.stringify(await found()));
