// `dlm tune`: which way of computing each kernel is fastest on the GPU of this machine, as a file.

import { openTrials } from "../../../runtime/webgpu/trials.ts";
import type { Trials } from "../../../runtime/webgpu/trials.ts";
import { anyDevice, openCount } from "../../backends/wgsl/tiles.ts";
import { tune, worthMeasuring } from "../../backends/wgsl/tune.ts";
import type { Tuning } from "../../backends/wgsl/tune.ts";
import type { Tuned } from "../../backends/wgsl/tuned.ts";
import { tasksOf } from "../../backends/wgsl/tuning-tasks.ts";
import type { Task } from "../../backends/wgsl/tuning-tasks.ts";
import type { Plan } from "../../lower/plan.ts";
import { lower } from "../../lower/lower.ts";
import { deviceFor, targetOf } from "../backends.ts";
import type { BackendOptions } from "../backends.ts";
import { compileFile, modulesNamed } from "../compile-file.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { shownPath, writeText } from "../files.ts";
import { sizesFor } from "../inspect/entry-sizes.ts";
import type { Terminal } from "../terminal.ts";
import { tunedTable } from "../tune/tuned-table.ts";
import { createTuneView } from "../tune/tune-view.ts";
import { version } from "../version.ts";

export type TuneOptions = {
  readonly out: string;
  readonly name?: string;
  readonly batch?: number;
  /** Ways of each kernel that are measured. */
  readonly top: number;
  readonly seconds: number;
  readonly json?: boolean;
} & Omit<BackendOptions, "backend">;

export const runTune = async (
  terminal: Terminal,
  file: string,
  { out, name, batch, top, seconds, json = false, tuned, ...measured }: TuneOptions,
): Promise<ExitCode> => {
  const settings = batch === undefined ? {} : { settings: { batch } };
  const options = { ...measured, backend: "webgpu" } as const;
  const target = targetOf(options);
  const { modules } = compileFile(terminal, file, { ...settings, ...target });
  const plans = modulesNamed(modules, name).map((module) =>
    lower(module, { target: target.backend.costs }),
  );
  const device = { ...anyDevice, ...(measured.figures && { figures: measured.figures.figures }) };
  const tasks = worthMeasuring(
    tasksOf(plans, device, (entry) => sizesFor(entry, batch ?? null, openCount)),
  );
  const trials = await openFor(plans, tasks, top, options);
  const view = createTuneView(terminal, json);
  try {
    const until = performance.now() + 1000 * seconds;
    const isOver = (): boolean => terminal.interrupt.aborted || performance.now() > until;
    const known = knownOn(trials.device, tuned?.tuned);
    const tuning = await tune(tasks, trials, { top, isOver, report: view.report }, known);
    view.end();
    const result: Tuned = {
      format: "dlm-tuned-1",
      device: trials.device,
      compiler: version,
      entries: tuning.entries,
    };
    const text = `${JSON.stringify(result, null, 2)}\n`;
    if (json) terminal.out(text);
    else {
      writeText(terminal, out, text);
      for (const line of tunedTable(view.measured())) terminal.out(`${line}\n`);
      terminal.err(`${shownPath(terminal, out)}: ${trials.device}, ${summary(tuning)}\n`);
    }
    return terminal.interrupt.aborted ? exitCode.interrupted : exitCode.ok;
  } finally {
    view.end();
    trials.dispose();
  }
};

/** A device with all that the ways of these have a use for. */
const openFor = async (
  plans: readonly Plan[],
  tasks: readonly Task[],
  top: number,
  options: BackendOptions,
): Promise<Trials> => {
  const precision = plans.some((plan) => plan.precision === "mixed") ? "mixed" : "f32";
  const measured = tasks.flatMap(({ candidates }) => candidates.slice(0, top));
  const programs = await Promise.all(measured.map(async ({ start }) => (await start()).program));
  const wishes = {
    halves: programs.some(({ halves }) => halves),
    modules: programs.flatMap(({ modules }) => modules),
  };
  return openTrials(wishes, await deviceFor(options, precision));
};

const knownOn = (device: string, known: Tuned | undefined): Tuned["entries"] => {
  if (known === undefined) return {};
  if (known.device === device) return known.entries;
  throw new UserError(
    `the file given with --tuned was measured on ${known.device}, and this is ${device}`,
    "leave it out",
  );
};

const summary = ({ entries, left }: Tuning): string => {
  const all = Object.values(entries);
  const faster = all.filter(({ way, model }) => way !== model.way).length;
  return [
    `${all.length} ${all.length === 1 ? "kernel" : "kernels"} measured`,
    `${faster} faster in another way than costs say`,
    ...(left === 0 ? [] : [`no time for ${left} more (\`--seconds\`)`]),
  ].join(", ");
};
