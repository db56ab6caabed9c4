// What times are measured in: that of the wall, or of the processor, which does not go on while others have it.

import type { Opening, Runner, Started } from "../shared/runner.ts";
import type { PeerName } from "./work.ts";

export const clocks = ["wall", "processor"] as const;
export type Clock = (typeof clocks)[number];

/** Milliseconds of this process, all its threads together. */
const onProcessor = (runner: Runner): Runner => ({
  ...runner,
  sample: async (count) => {
    const before = process.cpuUsage();
    await runner.sample(count);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  },
});

/** PyTorch, in a process of its own, has to look at the clock itself. */
export const timedBy = (clock: Clock, started: Started<PeerName>): Started<PeerName> => {
  if (clock === "wall") return started;
  const open = Object.entries(started.open).map(([name, opening]): [string, Opening] => [
    name,
    typeof opening === "string" || name === "PyTorch"
      ? opening
      : async () => onProcessor(await opening()),
  ]);
  return { ...started, open: Object.fromEntries(open) };
};
