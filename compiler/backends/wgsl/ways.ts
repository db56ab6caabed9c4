// How launches are computed: in blocks, in tiles, with lanes that share elements, or with an invocation for each element.

import type { Kernel } from "../../kernel/kernel.ts";
import type { Attention } from "./attention.ts";
import type { Pass } from "./attention-passes.ts";
import { candidatesOf, wayText } from "./candidates.ts";
import { bestTeam, costAlone, costOfTeam } from "./choose-team.ts";
import type { Team } from "./combine-lanes.ts";
import { contractionOf } from "../../lower/contraction.ts";
import type { Contraction } from "../../lower/contraction.ts";
import type { Launch } from "../../lower/launch.ts";
import { aloneIn } from "./launch-key.ts";
import type { Scope } from "./launch-key.ts";
import { launchesOf } from "./launches.ts";
import { sharedOf } from "./shared-steps.ts";
import type { SharedLaunch } from "./shared-steps.ts";
import { anyDevice, chooseTile, costOfTiles } from "./tiles.ts";
import type { Device, Tile } from "./tiles.ts";

export type Way =
  | { readonly kind: "attention"; readonly attention: Attention; readonly passes: readonly Pass[] }
  | { readonly kind: "tiles"; readonly contraction: Contraction; readonly tile: Tile }
  | { readonly kind: "shared"; readonly shared: SharedLaunch; readonly team: Team }
  | { readonly kind: "elements" };

export type TileOf = (contraction: Contraction) => Tile | null;
export type TeamOf = (kernel: Kernel, launch: Launch, shared: SharedLaunch) => Team | null;

/** The way that a device was measured to be fastest with, one of `texts`; null where costs say. */
export type Measured = (
  scope: Scope,
  kernel: Kernel,
  texts: () => readonly string[],
) => string | null;

/** The tile that workgroups compute of a contraction, and the lanes that share an element; null for neither. */
export type WayChoices = {
  /** Goes before the others; null where nothing was measured. */
  readonly measured: Measured | null;
  readonly tileOf: TileOf;
  readonly teamOf: TeamOf;
  /** What costs are of. */
  readonly device: Device;
};
export const byCostOn = (device: Device): WayChoices => ({
  device,
  measured: null,
  tileOf: (contraction) => chooseTile(contraction, device),
  teamOf: (...of) => bestTeam(...of, device).team,
});
export const byCost = byCostOn(anyDevice);

/** A way, and what it costs in multiply-adds of one invocation, as of `tiles.ts`. */
export type Weighed = { readonly way: Way; readonly cost: number };

/** In which way a launch is computed. */
export const decide = (kernel: Kernel, launch: Launch, choices: WayChoices = byCost): Weighed =>
  measuredWay(kernel, launch, choices) ?? chosenWay(kernel, launch, choices);

const measuredWay = (
  kernel: Kernel,
  launch: Launch,
  { measured, device }: WayChoices,
): Weighed | null => {
  if (measured === null) return null;
  const candidates = (): readonly Weighed[] => candidatesOf(kernel, launch, device);
  const texts = (): readonly string[] => candidates().map(({ way }) => wayText(way));
  const text = measured("launch", aloneIn(kernel, launch), texts);
  return text === null ? null : (candidates().find(({ way }) => wayText(way) === text) ?? null);
};

/** Of those that `tileOf` and `teamOf` choose among. */
const chosenWay = (
  kernel: Kernel,
  launch: Launch,
  { tileOf, teamOf, device }: WayChoices,
): Weighed => {
  const contraction = contractionOf(kernel, launch);
  const tile = typeof contraction === "string" ? null : tileOf(contraction);
  if (typeof contraction !== "string" && tile !== null) {
    const cost = costOfTiles(contraction, tile, device);
    return { way: { kind: "tiles", contraction, tile }, cost };
  }
  const shared = sharedOf(launch);
  const team = typeof shared === "string" ? null : teamOf(kernel, launch, shared);
  if (typeof shared !== "string" && team !== null) {
    const cost = costOfTeam(kernel, shared, team, device);
    return { way: { kind: "shared", shared, team }, cost };
  }
  return { way: { kind: "elements" }, cost: costAlone(kernel, launch, device) };
};

/** Of all its launches, with what it takes to begin each. */
export const costOfKernel = (kernel: Kernel, device: Device = anyDevice): number =>
  launchesOf(kernel).reduce(
    (n, launch) => n + decide(kernel, launch, byCostOn(device)).cost + device.figures.launch,
    0,
  );
