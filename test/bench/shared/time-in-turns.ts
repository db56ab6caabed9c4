// Samples of several runners, in turns, so that all see the same machine.

import type { Runner } from "./runner.ts";

/** Of one execution, in milliseconds. */
export type Times = {
  readonly min: number;
  readonly median: number;
  readonly samples: number;
  /** Executions of one sample. */
  readonly count: number;
};

/** A sample should last so long: clocks and waiting must not show. */
const leastMs = 3;
/** First calls are slower: engines optimise what has run for a while. */
const warmMs = 200;
const mostCount = 20_000;
const leastRounds = 3;
/** What takes so long for once is sampled once. */
const slowMs = 1000;

/** Executions of a sample that lasts long enough, whatever a single one may have waited for; warms up on the way. */
const countFor = async (runner: Runner): Promise<number> => {
  const begun = performance.now();
  do {
    if ((await runner.sample(1)) > slowMs) return 1;
  } while (performance.now() - begun < warmMs);
  for (let count = 1; ;) {
    let ms = await runner.sample(count);
    for (let n = 0; n < 2 && ms < 10 * leastMs; n++) ms = Math.min(ms, await runner.sample(count));
    if (ms >= leastMs || count >= mostCount) return count;
    count = Math.min(mostCount, Math.ceil(count * Math.min(10, (1.3 * leastMs) / ms + 1)));
  }
};

/** Fewer rounds where the time of this work is up before. `failed` is told what goes wrong; the others go on. */
export const timeInTurns = async <Name extends string>(
  runners: ReadonlyMap<Name, Runner>,
  rounds: number,
  until: number,
  failed: (name: Name, cause: unknown) => void,
): Promise<ReadonlyMap<Name, Times>> => {
  const counts = new Map<Name, number>();
  const lists = new Map<Name, number[]>();
  for (const [name, runner] of runners)
    await countFor(runner)
      .then((count) => counts.set(name, count) && lists.set(name, []))
      .catch((cause: unknown) => failed(name, cause));
  for (let round = 0; round < rounds; round++) {
    if (round >= leastRounds && performance.now() > until) break;
    const names = [...lists.keys()];
    const shift = round % Math.max(1, names.length);
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const count = counts.get(name)!;
      if (round > 0 && Math.min(...lists.get(name)!) > slowMs) continue;
      await runners
        .get(name)!
        .sample(count)
        .then((ms) => lists.get(name)!.push(ms / count))
        .catch((cause: unknown) => {
          failed(name, cause);
          lists.delete(name);
        });
    }
  }
  return new Map(
    [...lists].map(([name, list]) => {
      const sorted = list.toSorted((a, b) => a - b);
      return [
        name,
        {
          min: sorted[0]!,
          median: sorted[sorted.length >> 1]!,
          samples: sorted.length,
          count: counts.get(name)!,
        },
      ];
    }),
  );
};
