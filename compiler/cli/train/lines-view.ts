// A training run as plain lines: one per epoch, and more within long epochs.

import type { Terminal } from "../terminal.ts";
import { metricsText, withCommas } from "./numbers.ts";
import type { EpochReport, RunPlan, TrainingView } from "./view.ts";

/** Between lines that long epochs and long runs show besides. */
const secondsBetweenLines = 5;

/** Shorter runs show every epoch; longer ones about this many, the last included. */
const shownEpochs = 30;

export const isShown = (epoch: number, epochs: number): boolean =>
  epoch === epochs || epoch % Math.ceil(epochs / shownEpochs) === 0;

/** `epoch  3/30   loss 0.4301   accuracy 0.8702   | validation …   8,400 examples/s`. */
export const epochLine = (report: EpochReport, epochs: number, rate: number): string => {
  const number = String(report.epoch).padStart(String(epochs).length);
  const validation =
    report.validation === null ? "" : `   | validation ${metricsText(report.validation)}`;
  return `epoch ${number}/${epochs}   ${metricsText(report.train)}${validation}   ${withCommas(Math.round(rate))} examples/s`;
};

export const createLinesView = (
  terminal: Terminal,
  now: () => number = () => performance.now() / 1000,
): TrainingView => {
  let plan: RunPlan | null = null;
  let started = 0;
  let last = 0;
  return {
    start: (given) => {
      plan = given;
      started = last = now();
    },
    round: ({ round, numbers }) => {
      if (plan === null) return;
      const within = (round - 1) % plan.roundsPerEpoch;
      if ((within + 1) % plan.logEvery !== 0 || now() - last < secondsBetweenLines) return;
      last = now();
      terminal.err(
        `  step ${withCommas(round)}/${withCommas(plan.rounds)}   ${metricsText(numbers)}\n`,
      );
    },
    epoch: (report) => {
      if (plan === null) return;
      const waited = now() - last >= secondsBetweenLines;
      if (!waited && !isShown(report.epoch, plan.epochs)) return;
      last = now();
      const seconds = Math.max(now() - started, 1e-9);
      terminal.err(`${epochLine(report, plan.epochs, report.examples / seconds)}\n`);
    },
    end: () => {},
  };
};
