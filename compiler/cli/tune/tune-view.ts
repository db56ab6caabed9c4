// Measuring as it goes on: a bar on a terminal, elsewhere a line for each kernel; and what is left out, and why.

import type { SingleBar } from "cli-progress";
import type { TuneEvent } from "../../backends/wgsl/tune.ts";
import type { TunedWay } from "../../backends/wgsl/tuned.ts";
import { createBars, lineAbove } from "../progress-bars.ts";
import { shortTime } from "../train/numbers.ts";
import { styleOf } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

export type TuneView = {
  readonly report: (event: TuneEvent) => void;
  readonly end: () => void;
  /** So far, in the order in which it was measured. */
  readonly measured: () => readonly TunedWay[];
};

export const createTuneView = (terminal: Terminal, quiet: boolean): TuneView => {
  const measured: TunedWay[] = [];
  const isLive = terminal.live && !quiet;
  const group = isLive ? createBars(terminal, "{value} of {total} kernels  {kernel}") : null;
  let bar: SingleBar | null = null;
  const say = (line: string): void =>
    isLive ? lineAbove(terminal, line) : terminal.err(`${line}\n`);
  return {
    measured: () => measured,
    end: () => group?.stop(),
    report: (event) => {
      switch (event.kind) {
        case "begun": {
          const kernel = event.task.sample.kernel.name;
          bar ??= group?.create(event.tasks, event.done, { kernel }) ?? null;
          bar?.setTotal(event.tasks);
          bar?.update(event.done, { kernel });
          return;
        }
        case "measured":
          measured.push(event.tuned);
          if (!quiet && !isLive)
            say(
              `${event.tuned.kernel}: ${event.ways.map(({ way, microseconds }) => `${way} ${shortTime(microseconds)}`).join(", ")}`,
            );
          return;
        case "refused":
          say(
            `${styleOf(terminal).warning("warning:")} \`${event.task.sample.kernel.name}\` is not measured as \`${event.way}\`: ${event.why}`,
          );
      }
    },
  };
};
