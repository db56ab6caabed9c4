// All works of a benchmark one after the other, each within its share of the time.

import { textOf } from "./measure.ts";
import type { Row } from "./measure.ts";

export type Measured<Work, Name> = {
  readonly work: Work;
  readonly rows: readonly Row<Name>[];
  /** Why there are no rows. */
  readonly skipped: string | null;
};

/** `measure` gives the rows of a work, `told` is told of each as it comes, with all so far. */
export const measureAll = async <Work, Name>(
  works: readonly Work[],
  { seconds, begun }: { readonly seconds: number; readonly begun: number },
  measure: (work: Work, until: number) => Promise<readonly Row<Name>[]>,
  told: (one: Measured<Work, Name>, all: readonly Measured<Work, Name>[]) => void,
): Promise<void> => {
  const end = begun + 1000 * seconds;
  const measured: Measured<Work, Name>[] = [];
  for (const [k, work] of works.entries()) {
    const now = performance.now();
    // Twice its share, since most take less.
    const until = Math.min(end, now + (2 * (end - now)) / (works.length - k));
    const one: Measured<Work, Name> =
      now > end
        ? { work, rows: [], skipped: `${seconds} s are over` }
        : await measure(work, until)
            .then((rows) => ({ work, rows, skipped: null }))
            .catch((cause: unknown) => ({ work, rows: [], skipped: `error: ${textOf(cause)}` }));
    measured.push(one);
    told(one, measured);
  }
};

/** What a library leaves to fail on its own ends nothing else. */
export const surviveOthers = (print: (line: string) => void): void => {
  for (const event of ["unhandledRejection", "uncaughtException"])
    process.on(event, (cause: unknown) => {
      print(`nobody waited for this: ${textOf(cause)}`);
      process.exitCode = 1;
    });
};

/** Made when it is first asked for; where that fails it stays failed. */
export const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
};
