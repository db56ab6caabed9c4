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
  const rest = executions % turns.length;
  const rounds = (executions - rest) / turns.length;
  let updates = 0;
  turns.forEach((turn, k) => {
    if (turn.step === step && turn.updates) updates += k < rest ? rounds + 1 : rounds;
  });
  return updates;
};
