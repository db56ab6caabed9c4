// How many lanes share an element of a launch, which of them are neighbours, and what that costs at given sizes.

import { product } from "../../ir/dim.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import { letStmt, loop } from "../../kernel/build.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { extentsOf } from "../../lower/statements.ts";
import { invocationsIn, lastOf } from "./combine-lanes.ts";
import type { Team } from "./combine-lanes.ts";
import type { GridAxis, Launch } from "./grid.ts";
import { costOfWork, elementsIn } from "./lane-cost.ts";
import type { Group, Neighbours } from "./lane-cost.ts";
import { lanes, placeRows } from "./rows.ts";
import { arraysFor } from "./shared-steps.ts";
import type { SharedLaunch, Step } from "./shared-steps.ts";
import { anyDevice, estimate, figures, roundsOf } from "./tiles.ts";
import type { Device } from "./tiles.ts";

const team = (elements: number, lanes: number, isAlong: boolean): Team => ({
  elements,
  lanes,
  isAlong,
});

/** Where sums run along memory neighbours have one element; where the grid does they have neighbouring ones. */
export const teams: readonly Team[] = [
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

/** Part of the cost that sharing has to save: a launch that is as fast without it is simpler. */
const least = 0.1;

/** Null where an invocation for each element is about as fast. */
export const chooseTeam = (
  kernel: Kernel,
  launch: Launch,
  shared: SharedLaunch,
  device: Device = anyDevice,
): Team | null => {
  const [best] = teams
    .filter((one) => hasRoom(shared, one, device))
    .map((one) => ({ one, cost: costOfTeam(kernel, shared, one, device) }))
    .toSorted((a, b) => a.cost - b.cost);
  const alone = costAlone(kernel, launch, device);
  return best !== undefined && best.cost < (1 - least) * alone ? best.one : null;
};

/** Words of workgroup memory, of four bytes each. */
const hasRoom = (
  { rows, steps }: SharedLaunch,
  one: Team,
  { invocations, bytes }: Device,
): boolean => {
  const inRows = rows.reduce((n, { shape }) => n + estimate(product(shape)), 0);
  const sums = arraysFor(steps).size * invocationsIn(one);
  return invocationsIn(one) <= invocations && 4 * (inRows * one.elements + sums) <= bytes;
};

/** With scratch for each lane there are no more lanes than have some. */
export const costAlone = (
  kernel: Kernel,
  { grid, body }: Launch,
  device: Device = anyDevice,
): number => {
  const groups = [...extentsOf(body)].map(([name, extent]): Group => ({
    axes: [{ name, extent }],
    lanes: 1,
  }));
  const last = lastAxis(grid);
  const neighbours = last === undefined ? null : { axis: last.name, count: elementsIn([last]) };
  const cost = costOfWork(kernel, body, { groups, neighboursOf: () => neighbours });
  const hasScratch = rowsIn(body).length > 0 && placeRows(kernel, new Map()).perLane !== 0;
  const sideBySide = hasScratch ? Math.min(device.lanes, lanes) : device.lanes;
  return roundsOf(elementsIn(grid), { ...device, lanes: sideBySide }) * cost;
};

const lastAxis = (grid: readonly GridAxis[]): GridAxis | undefined =>
  grid.findLast(({ extent }) => extent !== 1);

export const costOfTeam = (
  kernel: Kernel,
  { grid, steps }: SharedLaunch,
  one: Team,
  device: Device = anyDevice,
): number => {
  const stmts = steps.flatMap(stmtsOf);
  const shared = steps.flatMap((s) => sharedGroups(s, one.lanes));
  const own = new Set(shared.flatMap(({ axes }) => axes.map(({ name }) => name)));
  const others = [...extentsOf(stmts)].filter(([name]) => !own.has(name));
  const groups = [
    ...shared,
    ...others.map(([name, extent]): Group => ({ axes: [{ name, extent }], lanes: 1 })),
  ];
  const last = lastAxis(grid);
  const across: Neighbours =
    last === undefined
      ? null
      : { axis: last.name, count: Math.min(one.elements, elementsIn([last])) };
  const along = (found: readonly Group[]): Neighbours => {
    const mine = found.findLast(({ lanes }) => lanes > 1);
    return mine === undefined ? null : { axis: mine.axes.at(-1)!.name, count: one.lanes };
  };
  const neighboursOf = one.isAlong ? along : (): Neighbours => across;
  const work = costOfWork(kernel, stmts, { groups, neighboursOf });
  const invocations = Math.ceil(elementsIn(grid) / one.elements) * invocationsIn(one);
  return roundsOf(invocations, device) * (work + steps.reduce((n, s) => n + waiting(s, one), 0));
};

const stmtsOf = (s: Step): readonly Stmt[] => {
  switch (s.kind) {
    case "sums":
      return s.sums.map(({ name, sum }) => letStmt(name, sum));
    case "rounds":
      return [loop(s.axis.name, s.axis.extent, s.steps.flatMap(stmtsOf))];
    case "loop":
      return s.axes.reduceRight<readonly Stmt[]>(
        (inner, a) => [loop(a.name, a.extent, inner)],
        s.stmts,
      );
    default:
      return s.stmts;
  }
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
const waiting = (s: Step, one: Team): number => {
  switch (s.kind) {
    case "sums": {
      const last = lastOf(one.lanes);
      const before = one.lanes / last;
      const words = last + (before === 1 ? 0 : before);
      const barriers = before === 1 ? 2 : 3;
      return barriers * figures.barrier + s.sums.length * words * (1 + figures.shared);
    }
    case "rounds":
      return estimate(s.axis.extent) * s.steps.reduce((n, inner) => n + waiting(inner, one), 0);
    case "loop":
      return figures.barrier;
    default:
      return 0;
  }
};
