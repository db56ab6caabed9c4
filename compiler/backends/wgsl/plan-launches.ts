// Kernel → what a device runs of it: the kernel as it is rewritten for many invocations, and its launches, each with its way.

import type { Kernel } from "../../kernel/kernel.ts";
import type { Team } from "./combine-lanes.ts";
import { foldNumbers } from "./fold-numbers.ts";
import { gatherSums, isFasterOn } from "./gather-sums.ts";
import type { Launch } from "./grid.ts";
import { launchesOf } from "./launches.ts";
import { noteOnce } from "./note-once.ts";
import { cheapestOn, splitSums } from "./split-sums.ts";
import { anyDevice } from "./tiles.ts";
import { byCostOn, decide } from "./ways.ts";
import type { WayChoices, Weighed } from "./ways.ts";

/** Which ways launches are computed in, which additions become sums, and which sums get launches of their own. */
export type Choices = WayChoices & {
  readonly gather: (kernel: Kernel) => Kernel;
  readonly split: (kernel: Kernel) => Kernel;
};

export type WeighedLaunch = Weighed & { readonly launch: Launch };

export type LaunchPlan = {
  readonly kernel: Kernel;
  /** In order: what one stores the next may read. */
  readonly launches: readonly WeighedLaunch[];
  /** Which lanes share a row, where some do. */
  readonly teams: ReadonlyMap<string, Team>;
};

export const planLaunches = (original: Kernel, choices: Partial<Choices> = {}): LaunchPlan => {
  const { device = anyDevice } = choices;
  const { gather, split, ...ways } = {
    ...byCostOn(device),
    gather: (kernel: Kernel) => gatherSums(kernel, isFasterOn(device)),
    split: (kernel: Kernel) => splitSums(kernel, cheapestOn(device)),
    ...choices,
  };
  const kernel = split(gather(noteOnce(foldNumbers(original))));
  const launches = launchesOf(kernel).map((launch) => ({
    launch,
    ...decide(kernel, launch, ways),
  }));
  const teams = launches.flatMap(({ way }) =>
    way.kind === "shared" ? way.shared.rows.map((row) => [row.name, way.team] as const) : [],
  );
  return { kernel, launches, teams: new Map(teams) };
};
