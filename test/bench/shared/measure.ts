// One work: opens the runner of each peer, compares what they give, and times them in turns.

import type { Expected, Runner, Started } from "./runner.ts";
import { timeInTurns } from "./time-in-turns.ts";
import type { Times } from "./time-in-turns.ts";

export type Row<Name> = {
  readonly peer: Name;
  readonly times: Times | null;
  /** Largest difference from what is expected, in parts of the largest magnitude; null where there was nothing to compare. */
  readonly difference: number | null;
  readonly note: string;
  /** Why there are no times. */
  readonly failure: string | null;
};

/** What may go wrong besides: on a device, where errors come later. */
export type Watch<Name> = {
  readonly begin: (name: Name) => void;
  /** What went wrong since it was asked. */
  readonly takeError: (name: Name) => string | null;
};

export type Turns<Name> = {
  /** Those to measure, in the order in which they are opened; `dlm` is what others are compared with. */
  readonly names: readonly Name[];
  readonly rounds: number;
  readonly until: number;
  readonly watch?: Watch<Name>;
};

/** The largest difference in parts of the largest magnitude of its output; NaN differs without limit. */
const differenceFrom = (
  expected: readonly Expected[],
  outputs: readonly Float32Array[],
): number => {
  if (outputs.length !== expected.length)
    throw new Error(`gives ${outputs.length} outputs, not ${expected.length}`);
  const differences = expected.map(({ at, values }, k) => {
    const largest = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
    return Math.max(
      ...at.map((position, n) => {
        const difference = Math.abs(outputs[k]![position]! - values[n]!) / largest;
        return Number.isNaN(difference) ? Infinity : difference;
      }),
    );
  });
  return Math.max(...differences);
};

const whole = (outputs: readonly Float32Array[]): readonly Expected[] =>
  outputs.map((list) => ({ at: [...list.keys()], values: [...list] }));

export const textOf = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
};

/** Fails where that takes much longer than there is time: what hangs must not stop the others. */
const within = async <T>(until: number, running: Promise<T>): Promise<T> => {
  const ms = Math.max(leastPatience, until - performance.now());
  let timer: NodeJS.Timeout | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${(ms / 1000).toFixed(0)} s`)), ms);
  });
  return Promise.race([running, late]).finally(() => clearTimeout(timer!));
};

const leastPatience = 60_000;

type Opened = { readonly runner: Runner; readonly difference: number | null };
const isWithin = (difference: number | null, tolerance: number): boolean =>
  difference === null || difference <= tolerance;

/** A runner whose outputs are those that are expected, or why there is none. */
const opened = async <Name>(
  name: Name,
  opening: () => Promise<Runner>,
  expected: readonly Expected[] | null,
  tolerance: number,
  watch: Watch<Name> | undefined,
): Promise<Opened & { readonly outputs: readonly Float32Array[] | null }> => {
  watch?.begin(name);
  const runner = await opening();
  try {
    const outputs = (await runner.outputs?.()) ?? null;
    const told = watch?.takeError(name) ?? null;
    if (told !== null) throw new Error(told);
    const difference =
      outputs === null || expected === null ? null : differenceFrom(expected, outputs);
    if (!isWithin(difference, tolerance))
      throw new Error(`differs by ${difference!.toExponential(1)}, more than ${tolerance}`);
    return { runner, difference, outputs };
  } catch (cause) {
    await runner.dispose();
    throw cause;
  }
};

const openAll = async <Name extends string>(
  { expected: given, tolerance, open }: Started<Name>,
  { names, until, watch }: Turns<Name>,
  failures: Map<Name, string>,
): Promise<ReadonlyMap<Name, Opened>> => {
  let expected = given;
  const all = new Map<Name, Opened>();
  for (const name of names) {
    const opening = open[name];
    if (opening === undefined) continue;
    if (typeof opening === "string") {
      failures.set(name, opening);
      continue;
    }
    try {
      const one = await within(until, opened(name, opening, expected, tolerance, watch));
      if (name === "dlm" && one.outputs !== null) expected ??= whole(one.outputs);
      all.set(name, one);
    } catch (cause) {
      failures.set(name, `error: ${textOf(cause)}`);
    }
  }
  return all;
};

const patient = (runner: Runner, until: number): Runner => ({
  ...runner,
  sample: (count) => within(until, runner.sample(count)),
});

export const measure = async <Name extends string>(
  started: Started<Name>,
  turns: Turns<Name>,
): Promise<readonly Row<Name>[]> => {
  const { names, rounds, until, watch } = turns;
  const failures = new Map<Name, string>();
  const all = await openAll(started, turns, failures);
  const runners = new Map([...all].map(([name, { runner }]) => [name, patient(runner, until)]));
  const times = await timeInTurns(runners, rounds, until, (name, cause) =>
    failures.set(name, `error while it was timed: ${textOf(cause)}`),
  );
  for (const [name, runner] of runners) {
    const wrong = await (runner.check?.() ?? Promise.resolve(null)).catch(textOf);
    const told = wrong ?? watch?.takeError(name) ?? null;
    if (told !== null && !failures.has(name)) failures.set(name, `after timing: ${textOf(told)}`);
  }
  for (const runner of runners.values()) await Promise.resolve(runner.dispose()).catch(() => {});
  return names.flatMap((peer): readonly Row<Name>[] => {
    const failure = failures.get(peer) ?? null;
    const one = all.get(peer);
    if (failure !== null) return [{ peer, times: null, difference: null, note: "", failure }];
    if (one === undefined) return [];
    const { runner, difference } = one;
    const note = runner.note ?? "";
    return [{ peer, times: times.get(peer)!, difference, note, failure }];
  });
};
