// A training run as a progress bar that is redrawn, with a line above it for each epoch.

import { Writable } from "node:stream";
import { MultiBar } from "cli-progress";
import type { SingleBar } from "cli-progress";
import { colorsOf } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { epochLine, isShown } from "./lines-view.ts";
import { duration, metricsText, withCommas } from "./numbers.ts";
import type { RunPlan, TrainingView } from "./view.ts";

/** The terminal in the form that the bar draws on. */
const drawingStream = (terminal: Terminal): NodeJS.WritableStream =>
  Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        terminal.err(String(chunk));
        done();
      },
    }),
    { isTTY: true, columns: terminal.columns },
  );

export const createLiveView = (
  terminal: Terminal,
  now: () => number = () => performance.now() / 1000,
): TrainingView => {
  const c = colorsOf(terminal);
  // A group of one: unlike a single bar it does not jump back to where it started, so lines stay above it.
  const group = new MultiBar({
    stream: drawingStream(terminal),
    format: ` {bar} {percentage}%  ${c.dim("epoch")} {epoch}  {numbers}  ${c.dim("{rate}")}  ${c.dim("{left}")}`,
    barCompleteChar: "━",
    barIncompleteChar: " ",
    barsize: 20,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    forceRedraw: true,
    // Ctrl-C is the command's to handle.
    gracefulExit: false,
    fps: 10,
  });
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
      terminal.err(
        `\r\x1b[K${epochLine(report, plan.epochs, report.examples / (now() - started))}\n`,
      );
    },
    end: () => group.stop(),
  };
};
