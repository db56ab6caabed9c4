// Tiles in which workgroups compute contractions, and which of them is fastest for given sizes.

import type { Dim } from "../../ir/dim.ts";
import { evaluateDim, symbolsOf } from "../../ir/dim.ts";
import { commonFigures, commonLanes } from "../../../runtime/webgpu/figures.ts";
import type { Figures } from "../../../runtime/webgpu/figures.ts";
import type { Contraction, Factor } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";

/** Multiples of 4 all: what a workgroup computes, how much of the sum it has in its memory at once, what an invocation computes. */
export type Tile = {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly perInvocation: { readonly rows: number; readonly columns: number };
};

/** What a device has for a workgroup, and how many invocations run side by side at full speed. */
export type Device = {
  readonly invocations: number;
  readonly bytes: number;
  readonly lanes: number;
  readonly figures: Figures;
};

/** Limits that every device has that runs WebGPU; lanes between those of a laptop and of a large GPU. */
export const anyDevice: Device = {
  invocations: 256,
  bytes: 16_384,
  lanes: commonLanes,
  figures: commonFigures,
};

const tile = (
  rows: number,
  columns: number,
  depth: number,
  ownRows: number,
  ownColumns: number,
): Tile => ({
  rows,
  columns,
  depth,
  perInvocation: { rows: ownRows, columns: ownColumns },
});

/** The last has half the barriers of the first, but does not fit into the least memory where an operand is turned around. */
export const tiles: readonly Tile[] = [
  tile(128, 128, 8, 8, 8),
  tile(64, 64, 16, 4, 4),
  tile(32, 32, 16, 4, 4),
  tile(32, 128, 16, 4, 8),
  tile(128, 32, 16, 8, 4),
  tile(16, 64, 16, 4, 4),
  tile(64, 16, 16, 4, 4),
  tile(128, 128, 16, 8, 8),
];

export const invocationsOf = ({ rows, columns, perInvocation }: Tile): number =>
  (rows / perInvocation.rows) * (columns / perInvocation.columns);

/**
 * Groups of four words from one step of the depth to the next. An operand that lies along its depth is turned around when it
 * is copied: one group more, and neighbours of a step do not meet in one bank.
 */
export const stride = (words: number, liesAlongDepth: boolean): number =>
  words / 4 + (liesAlongDepth ? 1 : 0);

type Lie = Pick<Factor, "liesAlongDepth">;

export const fits = (
  { invocations, bytes }: Device,
  one: Tile,
  { left, right }: { readonly left: Lie; readonly right: Lie },
): boolean => {
  const groups = stride(one.rows, left.liesAlongDepth) + stride(one.columns, right.liesAlongDepth);
  return invocationsOf(one) <= invocations && 16 * one.depth * groups <= bytes;
};

/** Sizes without a number: many rows. */
export const openCount = 256;

export type Sizes = {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
};

export const sizesOf = ({ batch, rows, columns, depth }: Contraction): Sizes => {
  const count = (axes: readonly GridAxis[]): number => estimate(totalOf(axes));
  return {
    batch: count(batch),
    rows: count(rows),
    columns: count(columns),
    depth: count(depth),
  };
};

/** Symbolic sizes count as many. */
export const estimate = (dim: Dim): number =>
  evaluateDim(dim, new Map(symbolsOf(dim).map((name) => [name, openCount])));

/** Costs are in multiply-adds of one invocation. Invocations that do not fit side by side wait for others. */
export const roundsOf = (invocations: number, { lanes }: Device): number =>
  Math.ceil(invocations / lanes);

/** One element per invocation: each multiply-add loads both operands. */
export const costOfElements = (
  { batch, rows, columns, depth }: Sizes,
  device: Device = anyDevice,
): number => {
  const { load, store } = device.figures;
  return roundsOf(batch * rows * columns, device) * (depth * (1 + 2 * load) + store);
};

export const costOfTile = (
  one: Tile,
  { batch, rows, columns, depth }: Sizes,
  device: Device = anyDevice,
): number => {
  const { figures } = device;
  const own = one.perInvocation;
  const invocations = invocationsOf(one);
  const count = batch * Math.ceil(rows / one.rows) * Math.ceil(columns / one.columns);
  const reads = (own.rows + own.columns) / 4;
  const copied = ((one.rows + one.columns) * one.depth) / invocations;
  const step =
    one.depth * (own.rows * own.columns + reads * figures.shared) +
    copied * figures.load +
    2 * figures.barrier;
  return (
    roundsOf(count * invocations, device) *
    (Math.ceil(depth / one.depth) * step + own.rows * own.columns * figures.store)
  );
};

/** Of all tiles. */
export const costOfTiles = (contraction: Contraction, one: Tile, device = anyDevice): number =>
  costOfTile(one, sizesOf(contraction), device);

/** All that fit, cheapest first. */
export const weighTiles = (
  contraction: Contraction,
  device = anyDevice,
): readonly { readonly tile: Tile; readonly cost: number }[] => {
  const sizes = sizesOf(contraction);
  return tiles
    .filter((one) => fits(device, one, contraction))
    .map((tile) => ({ tile, cost: costOfTile(tile, sizes, device) }))
    .toSorted((a, b) => a.cost - b.cost);
};

/** Of an invocation for each element, where that is what tiles are compared with. */
export const costWithoutTiles = (contraction: Contraction, device = anyDevice): number =>
  costOfElements(sizesOf(contraction), device);

/** Null where an invocation for each element is faster. */
export const chooseTile = (contraction: Contraction, device = anyDevice): Tile | null => {
  const [best] = weighTiles(contraction, device);
  return best !== undefined && best.cost < costWithoutTiles(contraction, device) ? best.tile : null;
};
