// All ways in which a launch can be computed, for people to read and for a device to measure.

import type { Kernel } from "../../kernel/kernel.ts";
import { block } from "./block.ts";
import { costAlone, weighTeams } from "./choose-team.ts";
import { contractionOf } from "../../lower/contraction.ts";
import type { Launch } from "../../lower/launch.ts";
import { sharedOf } from "./shared-steps.ts";
import { anyDevice, costWithoutTiles, weighTiles } from "./tiles.ts";
import type { Device } from "./tiles.ts";
import type { Way, Weighed } from "./ways.ts";

/** Cheapest first; costs as of `decide`. */
export const candidatesOf = (
  kernel: Kernel,
  launch: Launch,
  device: Device = anyDevice,
): readonly Weighed[] => {
  const contraction = contractionOf(kernel, launch);
  const shared = sharedOf(launch);
  const inTiles =
    typeof contraction === "string"
      ? []
      : weighTiles(contraction, device).map(({ tile, cost }): Weighed => ({
          way: { kind: "tiles", contraction, tile },
          cost,
        }));
  const inTeams =
    typeof shared === "string"
      ? []
      : weighTeams(kernel, shared, device).map(({ team, cost }): Weighed => ({
          way: { kind: "shared", shared, team },
          cost,
        }));
  const alone =
    typeof contraction === "string"
      ? costAlone(kernel, launch, device)
      : costWithoutTiles(contraction, device);
  const all: readonly Weighed[] = [
    ...inTiles,
    ...inTeams,
    { way: { kind: "elements" }, cost: alone },
  ];
  return all.toSorted((a, b) => a.cost - b.cost);
};

/** `blocks of 64 x 32`, `tiles of 64 x 64 x 16`, `16 lanes for each of 4`, `an invocation each` */
export const wayText = (way: Way): string => {
  switch (way.kind) {
    case "attention":
      return `blocks of ${block.rows} x ${block.columns}`;
    case "tiles":
      return `tiles of ${way.tile.rows} x ${way.tile.columns} x ${way.tile.depth}`;
    case "shared": {
      const { elements, lanes, isAlong } = way.team;
      return `${lanes} lanes for each of ${elements}${isAlong ? "" : ", side by side"}`;
    }
    case "elements":
      return "an invocation each";
  }
};
