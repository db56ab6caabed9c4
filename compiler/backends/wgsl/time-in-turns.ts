// Times of things that do the same, measured in turns, so that all see the same machine.

/** Milliseconds of so many runs. */
export type Sampler = { readonly sample: (count: number) => Promise<number> };

/** A sample lasts so long at least: clocks and waiting must not show. */
const leastMs = 3;
const mostRuns = 20_000;
const rounds = 5;

/** What takes so many times as long as the fastest in its first sample is not looked at again. */
const hopeless = 1.5;

/** Milliseconds of a run of each, the median of its samples. */
export const timeInTurns = async (
  all: ReadonlyMap<string, Sampler>,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  const times = new Map<string, number[]>();
  for (const [name, one] of all) {
    const { count, ms } = await lastingSample(one);
    counts.set(name, count);
    times.set(name, [ms]);
  }
  const first = Math.min(...[...times.values()].map(([ms]) => ms!));
  const hopeful = [...all].filter(([name]) => times.get(name)![0]! <= hopeless * first);
  for (let round = 1; round < rounds && hopeful.length > 1; round++)
    for (let turn = 0; turn < hopeful.length; turn++) {
      const [name, one] = hopeful[(round + turn) % hopeful.length]!;
      const count = counts.get(name)!;
      times.get(name)!.push((await one.sample(count)) / count);
    }
  return new Map([...times].map(([name, list]) => [name, medianOf(list)]));
};

/** Runs until a sample lasts long enough, warming up on the way; `ms` of one run. */
const lastingSample = async ({
  sample,
}: Sampler): Promise<{ readonly count: number; readonly ms: number }> => {
  await sample(1);
  for (let count = 1; ;) {
    const ms = await sample(count);
    if (ms >= leastMs || count >= mostRuns) return { count, ms: ms / count };
    const growth = Math.min(10, (1.3 * leastMs) / Math.max(ms, 1e-3) + 1);
    count = Math.min(mostRuns, Math.ceil(count * growth));
  }
};

const medianOf = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1]!;
