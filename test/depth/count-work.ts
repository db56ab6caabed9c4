// How often every function of the compiler runs: counted by the engine, so that it is the same on every machine.

import { Session } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";

/** By function: how often it, or the part of it that runs most often, ran. */
export type Work = ReadonlyMap<string, number>;

export type WorkCounter = {
  /** What `run` makes the functions do. */
  readonly count: (run: () => unknown) => Promise<Work>;
  readonly stop: () => void;
};

/** Counts in files under `folder` that are imported from now on: code from before has no counters. */
export const createWorkCounter = async (folder: string): Promise<WorkCounter> => {
  // Optimised code counts no calls of what it has inlined.
  ["--no-opt", "--no-maglev"].forEach(setFlagsFromString);
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  /** Counts since the last time. */
  const taken = async (): Promise<Work> => {
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const files = result.filter(({ url }) => url.includes(folder));
    return new Map(
      files.flatMap(({ url, functions }) =>
        functions.map(({ functionName, ranges }) => [
          `${url.slice(url.indexOf(folder))} ${functionName} at ${ranges[0]?.startOffset}`,
          Math.max(...ranges.map(({ count }) => count)),
        ]),
      ),
    );
  };
  return {
    count: async (run) => {
      await taken();
      await run();
      return taken();
    },
    stop: () => session.disconnect(),
  };
};
