// How launches are computed: in tiles, with lanes that share elements, or with an invocation for each element.

import type { Kernel } from "../../kernel/kernel.ts";
import { bestTeam, costAlone } from "./choose-team.ts";
import type { Team } from "./combine-lanes.ts";
import { contractionOf } from "./contraction.ts";
import type { Contraction } from "./contraction.ts";
import type { Launch } from "./grid.ts";
import { launchesOf } from "./launches.ts";
import { sharedOf } from "./shared-steps.ts";
import type { SharedLaunch } from "./shared-steps.ts";
import { chooseTile, costOfTiles, figures } from "./tiles.ts";
import type { Tile } from "./tiles.ts";

export type Way =
  | { readonly kind: "tiles"; readonly contraction: Contraction; readonly tile: Tile }
  | { readonly kind: "shared"; readonly shared: SharedLaunch; readonly team: Team }
  | { readonly kind: "elements" };

export type TileOf = (contraction: Contraction) => Tile | null;
export type TeamOf = (kernel: Kernel, launch: Launch, shared: SharedLaunch) => Team | null;

/** The tile that workgroups compute of a contraction, and the lanes that share an element; null for neither. */
export type WayChoices = { readonly tileOf: TileOf; readonly teamOf: TeamOf };
export const byCost: WayChoices = { tileOf: chooseTile, teamOf: (...of) => bestTeam(...of).team };

export const wayOf = (kernel: Kernel, launch: Launch, { tileOf, teamOf }: WayChoices): Way => {
  const contraction = contractionOf(kernel, launch);
  const tile = typeof contraction === "string" ? null : tileOf(contraction);
  if (typeof contraction !== "string" && tile !== null) return { kind: "tiles", contraction, tile };
  const shared = sharedOf(launch);
  const team = typeof shared === "string" ? null : teamOf(kernel, launch, shared);
  return typeof shared !== "string" && team !== null
    ? { kind: "shared", shared, team }
    : { kind: "elements" };
};

/** Of all its launches, in multiply-adds of one invocation, as of `tiles.ts`. */
export const costOfKernel = (kernel: Kernel): number =>
  launchesOf(kernel).reduce((n, launch) => n + costOfLaunch(kernel, launch) + figures.launch, 0);

const costOfLaunch = (kernel: Kernel, launch: Launch): number => {
  const contraction = contractionOf(kernel, launch);
  const tile = typeof contraction === "string" ? null : chooseTile(contraction);
  if (typeof contraction !== "string" && tile !== null) return costOfTiles(contraction, tile);
  const shared = sharedOf(launch);
  return typeof shared === "string"
    ? costAlone(kernel, launch)
    : bestTeam(kernel, launch, shared).cost;
};
