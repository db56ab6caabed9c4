// How many lanes share an element of a launch, which of them are neighbours, and what that costs at given sizes.

import { product } from "../../ir/dim.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { extentsOf } from "../../lower/statements.ts";
import { invocationsIn, lastOf } from "./combine-lanes.ts";
import type { Team } from "./combine-lanes.ts";
import type { GridAxis, Launch } from "../../lower/launch.ts";
import { costOfWork, elementsIn, roundsIn, workOf } from "./lane-cost.ts";
import type { Group, Neighbours } from "./lane-cost.ts";
import { lanes, placeRows } from "./rows.ts";
import { stmtsOf, wordsOfParts } from "./shared-steps.ts";
import type { SharedLaunch, Step } from "./shared-steps.ts";
import type { Figures } from "../../../runtime/webgpu/figures.ts";
import { anyDevice, estimate, roundsOf } from "./tiles.ts";
import type { Device } from "./tiles.ts";

const team = (elements: number, lanes: number, isAlong: boolean): Team => ({
  elements,
  lanes,
  isAlong,
});

/** Where sums run along memory neighbours have one element; where the grid does they have neighbouring ones. */
const teams: readonly Team[] = [
  team(8, 8, true),
  team(4, 16, true),
  team(2, 32, true),
  team(1, 64, true),
  team(1, 256, true),
  team(16, 4, false),
  team(8, 8, false),
  team(32, 8, false),
  team(16, 16, false),
  team(8, 32, false),
  team(4, 64, false),
];

/** Part of the cost that sharing has to save: a launch that is about as fast without it is simpler. */
const least = 0.1;

export type Chosen = {
  /** Null where an invocation for each element is about as fast. */
  readonly team: Team | null;
  readonly cost: number;
};

export const bestTeam = (
  kernel: Kernel,
  launch: Launch,
  shared: SharedLaunch,
  device: Device = anyDevice,
): Chosen => {
  const [best] = weighTeams(kernel, shared, device);
  const alone = costAlone(kernel, launch, device);
  return best !== undefined && best.cost < (1 - least) * alone ? best : { team: null, cost: alone };
};

/** All that have room, cheapest first. */
export const weighTeams = (
  kernel: Kernel,
  shared: SharedLaunch,
  device: Device = anyDevice,
): readonly { readonly team: Team; readonly cost: number }[] => {
  const costOf = createTeamCosts(kernel, shared, device);
  return teams
    .filter((one) => hasRoom(shared, one, device))
    .map((team) => ({ team, cost: costOf(team) }))
    .toSorted((a, b) => a.cost - b.cost);
};

export const costOfTeam = (
  kernel: Kernel,
  shared: SharedLaunch,
  team: Team,
  device: Device = anyDevice,
): number => createTeamCosts(kernel, shared, device)(team);

/** Words of workgroup memory, of four bytes each. */
const hasRoom = (
  { rows, steps }: SharedLaunch,
  one: Team,
  { invocations, bytes }: Device,
): boolean => {
  const inRows = rows.reduce((n, { shape }) => n + estimate(product(shape)), 0);
  const sums = wordsOfParts(steps) * invocationsIn(one);
  return invocationsIn(one) <= invocations && 4 * (inRows * one.elements + sums) <= bytes;
};

/** With scratch for each lane there are no more lanes than have some. */
export const costAlone = (
  kernel: Kernel,
  { grid, body }: Launch,
  device: Device = anyDevice,
): number => {
  const groups = [...roundsIn(body, grid)].map(([name, extent]): Group => ({
    axes: [{ name, extent }],
    lanes: 1,
  }));
  const last = lastAxis(grid);
  const neighbours = last === undefined ? null : { axis: last.name, count: elementsIn([last]) };
  const { figures } = device;
  const work = workOf(kernel, body, figures);
  const cost = costOfWork(work, { groups, neighboursOf: () => neighbours }, figures);
  const hasScratch = rowsIn(body).length > 0 && placeRows(kernel, new Map()).perLane !== 0;
  const sideBySide = hasScratch ? Math.min(device.lanes, lanes) : device.lanes;
  return roundsOf(elementsIn(grid), { ...device, lanes: sideBySide }) * cost;
};

const lastAxis = (grid: readonly GridAxis[]): GridAxis | undefined =>
  grid.findLast(({ extent }) => extent !== 1);

const createTeamCosts = (
  kernel: Kernel,
  { grid, steps }: SharedLaunch,
  device: Device,
): ((team: Team) => number) => {
  const { figures } = device;
  const stmts = stmtsOf(steps);
  const work = workOf(kernel, stmts, figures);
  const alone = [...extentsOf(stmts)].map(([name, extent]) => ({ name, extent }));
  const last = lastAxis(grid);
  return (one) => {
    const shared = steps.flatMap((s) => sharedGroups(s, one.lanes));
    const own = new Set(shared.flatMap(({ axes }) => axes.map(({ name }) => name)));
    const others = alone.filter(({ name }) => !own.has(name));
    const groups = [...shared, ...others.map((a): Group => ({ axes: [a], lanes: 1 }))];
    const across =
      last === undefined
        ? null
        : { axis: last.name, count: Math.min(one.elements, elementsIn([last])) };
    const along = (found: readonly Group[]): Neighbours => {
      const mine = found.findLast(({ lanes }) => lanes > 1);
      return mine === undefined ? null : { axis: mine.axes.at(-1)!.name, count: one.lanes };
    };
    const cost = costOfWork(
      work,
      { groups, neighboursOf: one.isAlong ? along : () => across },
      figures,
    );
    const invocations = Math.ceil(elementsIn(grid) / one.elements) * invocationsIn(one);
    return (
      roundsOf(invocations, device) *
      (cost + steps.reduce((n, s) => n + waiting(s, one, figures), 0))
    );
  };
};

const sharedGroups = (s: Step, lanes: number): readonly Group[] => {
  switch (s.kind) {
    case "sums":
      return [{ axes: s.sums[0]!.sum.axes, lanes }];
    case "loop":
      return [{ axes: s.axes, lanes }];
    case "rounds":
      return s.steps.flatMap((inner) => sharedGroups(inner, lanes));
    default:
      return [];
  }
};

/** Barriers, and what lanes combine of what others have. */
const waiting = (s: Step, one: Team, figures: Figures): number => {
  switch (s.kind) {
    case "sums": {
      const last = lastOf(one.lanes);
      const before = one.lanes / last;
      const words = last + (before === 1 ? 0 : before);
      const barriers = before === 1 ? 2 : 3;
      return barriers * figures.barrier + s.sums.length * words * (1 + figures.shared);
    }
    case "rounds":
      return (
        estimate(s.axis.extent) * s.steps.reduce((n, inner) => n + waiting(inner, one, figures), 0)
      );
    case "loop":
      return figures.barrier;
    default:
      return 0;
  }
};
