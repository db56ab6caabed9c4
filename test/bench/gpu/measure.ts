// One work: opens the runner of each peer, compares what they give, and times them in turns.

import type { Measured, Row } from "./report.ts";
import { timeInTurns } from "./time-in-turns.ts";
import { peerNames } from "./work.ts";
import type { Expected, Lab, PeerName, Runner, Started, Work } from "./work.ts";

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
type Failures = Map<PeerName, string>;

const isWithin = (difference: number | null, tolerance: number): boolean =>
  difference === null || difference <= tolerance;

/** A runner whose outputs are those that are expected, or why there is none. */
const opened = async (
  name: PeerName,
  opening: () => Promise<Runner>,
  expected: readonly Expected[] | null,
  tolerance: number,
  { gpu }: Lab,
): Promise<Opened & { readonly outputs: readonly Float32Array[] | null }> => {
  gpu.setOwner(name);
  gpu.takeError(name);
  const runner = await opening();
  try {
    const outputs = (await runner.outputs?.()) ?? null;
    const told = gpu.takeError(name);
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

const openAll = async (
  { expected: given, tolerance, open }: Started,
  peers: readonly PeerName[],
  lab: Lab,
  until: number,
  failures: Failures,
): Promise<ReadonlyMap<PeerName, Opened>> => {
  let expected = given;
  const all = new Map<PeerName, Opened>();
  for (const name of peerNames) {
    const opening = open[name];
    if (opening === undefined || !peers.includes(name)) continue;
    if (typeof opening === "string") {
      failures.set(name, opening);
      continue;
    }
    try {
      const one = await within(until, opened(name, opening, expected, tolerance, lab));
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

const noteOf = (peer: PeerName, { runner, difference }: Opened, given: Started): string => {
  const isReference = given.expected === null && peer === "dlm";
  const compared = isReference
    ? "what others are compared with"
    : difference === null && peer !== "WGSL"
      ? "not compared"
      : "";
  return [runner.note ?? "", compared].filter((part) => part !== "").join("; ");
};

export const measure = async (
  work: Work,
  lab: Lab,
  peers: readonly PeerName[],
  rounds: number,
  until: number,
): Promise<Measured> => {
  const started = await work.start(lab);
  const failures: Failures = new Map();
  const all = await openAll(started, peers, lab, until, failures);
  const runners = new Map([...all].map(([name, { runner }]) => [name, patient(runner, until)]));
  const times = await timeInTurns(runners, rounds, until, (name, cause) =>
    failures.set(name, `error while it was timed: ${textOf(cause)}`),
  );
  for (const [name, runner] of runners) {
    const wrong = await (runner.check?.() ?? Promise.resolve(null)).catch(textOf);
    const told = wrong ?? lab.gpu.takeError(name);
    if (told !== null && !failures.has(name)) failures.set(name, `after timing: ${textOf(told)}`);
  }
  for (const runner of runners.values()) await Promise.resolve(runner.dispose()).catch(() => {});
  const rows = peerNames.flatMap((peer): readonly Row[] => {
    const failure = failures.get(peer) ?? null;
    const one = all.get(peer);
    if (failure !== null) return [{ peer, times: null, difference: null, note: "", failure }];
    if (one === undefined) return [];
    const note = noteOf(peer, one, started);
    return [{ peer, times: times.get(peer)!, difference: one.difference, note, failure }];
  });
  return { work, rows, skipped: null };
};
