// A training run as JSON lines: a `log` every few rounds, an `epoch` after each pass.

import type { Terminal } from "../terminal.ts";
import type { RunPlan, TrainingView } from "./view.ts";

const line = (terminal: Terminal, event: string, fields: object): void =>
  terminal.out(`${JSON.stringify({ event, ...fields })}\n`);

export const createJsonView = (terminal: Terminal): TrainingView => {
  let plan: RunPlan | null = null;
  return {
    start: (given) => {
      plan = given;
      line(terminal, "start", given);
    },
    round: ({ round, epoch, numbers, examples }) => {
      if (plan === null || round % plan.logEvery !== 0) return;
      line(terminal, "log", { step: round, epoch, examples, ...numbers });
    },
    epoch: ({ epoch, round, train, validation, examples }) =>
      line(terminal, "epoch", { epoch, step: round, examples, train, validation }),
    end: () => {},
  };
};

/** The event that ends a run, with everything worth keeping. */
export const writeJsonEvent = line;

/** Shows nothing. */
export const quietView: TrainingView = {
  start: () => {},
  round: () => {},
  epoch: () => {},
  end: () => {},
};
