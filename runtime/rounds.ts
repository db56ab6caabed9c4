// The steps of a recipe → which of them an execution runs. Everything follows from the number of executions so far.
import type { StepProgram } from "./abi.ts";

/** One execution within a round: a batch for step `step`; only the last of `accumulate` batches updates. */
export type Turn = { readonly step: number; readonly updates: boolean };

/** The executions of one round, in order. */
export const turnsOf = (
  steps: readonly Pick<StepProgram, "repeat">[],
  accumulate: number,
): readonly Turn[] =>
  steps.flatMap(({ repeat }, step) =>
    Array.from({ length: repeat * accumulate }, (_, i) => ({
      step,
      updates: i % accumulate === accumulate - 1,
    })),
  );

/** Updates of a step after `executions` executions. */
export const updatesOf = (turns: readonly Turn[], step: number, executions: number): number => {
  const updating = (within: readonly Turn[]): number =>
    within.filter((turn) => turn.step === step && turn.updates).length;
  const rounds = Math.floor(executions / turns.length);
  return rounds * updating(turns) + updating(turns.slice(0, executions % turns.length));
};
