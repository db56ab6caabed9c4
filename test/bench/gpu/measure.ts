// One work: opens the runner of each peer, compares what they give, and times them in turns.

import type { Measured, Row } from "./report.ts";
import { timeInTurns } from "./time-in-turns.ts";
import { peerNames } from "./work.ts";
import type { Expected, Lab, PeerName, Runner, Work } from "./work.ts";

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

const all = (outputs: readonly Float32Array[]): readonly Expected[] =>
  outputs.map((list) => ({ at: [...list.keys()], values: [...list] }));

export const textOf = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
};

type Opened = { readonly runner: Runner; readonly difference: number | null };

export const measure = async (
  work: Work,
  lab: Lab,
  only: readonly PeerName[],
  rounds: number,
  until: number,
): Promise<Measured> => {
  const { expected: given, tolerance, open } = await work.start(lab);
  let expected = given;
  const opened = new Map<PeerName, Opened>();
  const failures = new Map<PeerName, string>();
  for (const name of peerNames) {
    const opening = open[name];
    if (opening === undefined || !only.includes(name)) continue;
    if (typeof opening === "string") {
      failures.set(name, opening);
      continue;
    }
    try {
      lab.gpu.setOwner(name);
      lab.gpu.takeError(name);
      const runner = await opening();
      const outputs = (await runner.outputs?.()) ?? null;
      const told = lab.gpu.takeError(name);
      const difference =
        outputs === null || expected === null ? null : differenceFrom(expected, outputs);
      if (told !== null || (difference !== null && !(difference <= tolerance))) {
        await runner.dispose();
        const wrong = `differs by ${difference?.toExponential(1)}, more than ${tolerance}`;
        failures.set(name, `not timed: ${told === null ? wrong : textOf(told)}`);
        continue;
      }
      if (expected === null && name === "dlm" && outputs !== null) expected = all(outputs);
      opened.set(name, { runner, difference });
    } catch (cause) {
      failures.set(name, `error: ${textOf(cause)}`);
    }
  }
  const runners = new Map([...opened].map(([name, { runner }]) => [name, runner]));
  const times = await timeInTurns(runners, rounds, until, (name, cause) =>
    failures.set(name, `error while it was timed: ${textOf(cause)}`),
  );
  for (const name of runners.keys()) {
    const told = lab.gpu.takeError(name);
    if (told !== null) failures.set(name, `its device told of an error: ${textOf(told)}`);
  }
  for (const { runner } of opened.values()) await Promise.resolve(runner.dispose()).catch(() => {});
  const rows = peerNames.flatMap((peer): readonly Row[] => {
    const failure = failures.get(peer) ?? null;
    const one = opened.get(peer);
    if (one === undefined && failure === null) return [];
    return [
      {
        peer,
        times: failure === null ? times.get(peer)! : null,
        difference: one?.difference ?? null,
        note: [
          one?.runner.note ?? "",
          given === null && peer === "dlm" ? "what others are compared with" : "",
        ]
          .filter((part) => part !== "")
          .join("; "),
        failure,
      },
    ];
  });
  return { work, rows, skipped: null };
};
