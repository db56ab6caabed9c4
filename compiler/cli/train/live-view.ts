// A training run as a progress bar that is redrawn, with a line above it for each epoch.

import type { SingleBar } from "cli-progress";
import { createBars, lineAbove } from "../progress-bars.ts";
import { colorsOf } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { epochLine, isShown } from "./lines-view.ts";
import { duration, metricsText, withCommas } from "./numbers.ts";
import type { RunPlan, TrainingView } from "./view.ts";

export const createLiveView = (
  terminal: Terminal,
  now: () => number = () => performance.now() / 1000,
): TrainingView => {
  const c = colorsOf(terminal);
  const group = createBars(
    terminal,
    `${c.dim("epoch")} {epoch}  {numbers}  ${c.dim("{rate}")}  ${c.dim("{left}")}`,
  );
  let bar: SingleBar | null = null;
  let plan: RunPlan | null = null;
  let started = 0;
  return {
    start: (given) => {
      plan = given;
      started = now();
      bar = group.create(given.rounds, given.startRound, {
        epoch: "",
        numbers: "",
        rate: "",
        left: "",
      });
    },
    round: ({ round, epoch, numbers, examples }) => {
      if (plan === null) return;
      const seconds = Math.max(now() - started, 1e-9);
      const done = round - plan.startRound;
      bar?.update(round, {
        epoch: `${epoch}/${plan.epochs}`,
        numbers: metricsText(numbers),
        rate: `${withCommas(Math.round(examples / seconds))} examples/s`,
        left: `${duration((seconds / done) * (plan.rounds - round))} left`,
      });
    },
    epoch: (report) => {
      if (plan === null || !isShown(report.epoch, plan.epochs)) return;
      lineAbove(terminal, epochLine(report, plan.epochs, report.examples / (now() - started)));
    },
    end: () => group.stop(),
  };
};
