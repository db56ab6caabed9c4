// Kernel → what a device runs of it: the kernel as it is rewritten for many invocations, and its launches, each with its way.

import type { Kernel } from "../../kernel/kernel.ts";
import { costOfBlocks, fitsBlocks } from "./attention-cost.ts";
import { attentionOf } from "./attention.ts";
import { passesOf } from "./attention-passes.ts";
import { wayText } from "./candidates.ts";
import type { Team } from "./combine-lanes.ts";
import type { Contraction } from "../../lower/contraction.ts";
import { foldNumbers } from "./fold-numbers.ts";
import { gatherSums, isFasterOn } from "./gather-sums.ts";
import type { Launch } from "../../lower/launch.ts";
import { launchesOf } from "./launches.ts";
import { chooseMatrixTile } from "./matrix-tiles.ts";
import type { MatrixTile } from "./matrix-tiles.ts";
import { listSideBySide } from "./list-rows.ts";
import { noteOnce } from "./note-once.ts";
import { cheapestOn, splitSums } from "./split-sums.ts";
import { anyDevice } from "./tiles.ts";
import type { Device } from "./tiles.ts";
import { byCostOn, decide } from "./ways.ts";
import type { WayChoices, Weighed } from "./ways.ts";

/** Which ways launches are computed in, which additions become sums, and which sums get launches of their own. */
export type Choices = WayChoices & {
  readonly gather: (kernel: Kernel) => Kernel;
  readonly split: (kernel: Kernel) => Kernel;
  /** Whether a kernel of attention is computed in blocks. `cost`: of that, and of the launches it has otherwise. */
  readonly inBlocks: (cost: { readonly blocks: number; readonly rows: number }) => boolean;
  /** Of matrices, for a contraction in tiles whose cost is `cost`; null where that is no faster. */
  readonly matrixTileOf: (contraction: Contraction, cost: number) => MatrixTile | null;
};

export type WeighedLaunch = Weighed & {
  readonly launch: Launch;
  /** Of one in tiles: how devices with matrices may compute it if it is of halves; null where that is no faster. */
  readonly matrixTile: MatrixTile | null;
};

export type LaunchPlan = {
  readonly kernel: Kernel;
  /** In order: what one stores the next may read. */
  readonly launches: readonly WeighedLaunch[];
  /** Which lanes share a row, where some do. */
  readonly teams: ReadonlyMap<string, Team>;
};

export const planLaunches = (original: Kernel, choices: Partial<Choices> = {}): LaunchPlan => {
  const { inBlocks = ({ blocks, rows }) => blocks < rows, measured = null } = choices;
  const ways = wholeWaysOf(original, choices);
  const [blocks, rows] = [ways.find(isBlocks), ways.find((way) => !isBlocks(way))!];
  if (blocks === undefined) return rows.plan;
  const text = measured?.("kernel", original, () => ways.map((way) => way.text)) ?? null;
  const found = ways.find((way) => way.text === text);
  if (found !== undefined) return found.plan;
  return (inBlocks({ blocks: blocks.cost, rows: rows.cost }) ? blocks : rows).plan;
};

/** A way in which a whole kernel is computed. */
export type WholeWay = {
  readonly text: string;
  readonly plan: LaunchPlan;
  /** With what it takes to begin each launch. */
  readonly cost: number;
};

/** Of attention two, cheapest first: in blocks, and row by row. Other kernels have one. */
export const wholeWaysOf = (
  original: Kernel,
  choices: Partial<Choices> = {},
): readonly WholeWay[] => {
  const { device = anyDevice } = choices;
  const way = (text: string, plan: LaunchPlan): WholeWay => ({
    text,
    plan,
    cost: costOfPlan(plan, device),
  });
  const blocks = planBlocks(original, device);
  const rows = way(rowByRow, planRows(original, choices));
  return blocks === null
    ? [rows]
    : [way(wayText(blocks.launches[0]!.way), blocks), rows].toSorted((a, b) => a.cost - b.cost);
};

export const rowByRow = "row by row";
const isBlocks = ({ text }: WholeWay): boolean => text !== rowByRow;

const costOfPlan = ({ launches }: LaunchPlan, { figures }: Device): number =>
  launches.reduce((n, { cost }) => n + cost + figures.launch, 0);

/** Null where it is no attention, or no device could do it so. */
const planBlocks = (kernel: Kernel, device: Device): LaunchPlan | null => {
  const attention = attentionOf(kernel);
  if (typeof attention === "string" || !fitsBlocks(attention, device)) return null;
  const passes = passesOf(attention);
  const launch: WeighedLaunch = {
    launch: { grid: [], body: kernel.body },
    way: { kind: "attention", attention, passes },
    cost: costOfBlocks(attention, passes, device),
    matrixTile: null,
  };
  return { kernel: { ...kernel, body: [] }, launches: [launch], teams: new Map() };
};

const planRows = (original: Kernel, choices: Partial<Choices>): LaunchPlan => {
  const { device = anyDevice } = choices;
  const { gather, split, matrixTileOf, ...ways } = {
    ...byCostOn(device),
    gather: (kernel: Kernel) => gatherSums(kernel, isFasterOn(device)),
    split: (kernel: Kernel) => splitSums(kernel, cheapestOn(device)),
    matrixTileOf: (contraction: Contraction, cost: number) =>
      chooseMatrixTile(contraction, cost, device),
    ...choices,
  };
  const listed = listSideBySide(noteOnce(foldNumbers(original)), isFasterOn(device));
  const kernel = split(gather(listed));
  const launches = launchesOf(kernel).map((launch) => {
    const weighed = decide(kernel, launch, ways);
    const { way, cost } = weighed;
    const matrixTile = way.kind === "tiles" ? matrixTileOf(way.contraction, cost) : null;
    return { launch, ...weighed, matrixTile };
  });
  const teams = launches.flatMap(({ way }) =>
    way.kind === "shared" ? way.shared.rows.map((row) => [row.name, way.team] as const) : [],
  );
  return { kernel, launches, teams: new Map(teams) };
};
