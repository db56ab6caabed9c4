// Tiles of contractions for devices whose subgroups multiply small matrices of halves, and which is fastest for given sizes.

import { matrixSide, matrixSubgroup } from "../../../runtime/webgpu/abilities.ts";
import type { Contraction } from "../../lower/contraction.ts";
import { anyDevice, roundsOf, sizesOf } from "./tiles.ts";
import type { Device, Sizes } from "./tiles.ts";

/** All multiples of a side of a matrix: what a workgroup computes, how much of the sum it has at once, what a subgroup computes. */
export type MatrixTile = {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly perSubgroup: { readonly rows: number; readonly columns: number };
};

export const matrixTiles: readonly MatrixTile[] = [
  { rows: 128, columns: 128, depth: 32, perSubgroup: { rows: 64, columns: 32 } },
  { rows: 64, columns: 64, depth: 32, perSubgroup: { rows: 32, columns: 32 } },
];

export const subgroupsOf = ({ rows, columns, perSubgroup }: MatrixTile): number =>
  (rows / perSubgroup.rows) * (columns / perSubgroup.columns);

export const matrixInvocations = (tile: MatrixTile): number => matrixSubgroup * subgroupsOf(tile);

/** Rows or columns of halves are kept so many words further apart than they are long: neighbours do not meet in one bank. */
const padding = 8;

/** How a copy lies in the memory of a workgroup: as the operand does, so that neighbours write side by side. */
export const copyOf = (
  words: number,
  depth: number,
  liesAlongDepth: boolean,
): { readonly stride: number; readonly halves: number } => {
  const stride = (liesAlongDepth ? depth : words) + padding;
  return { stride, halves: stride * (liesAlongDepth ? words : depth) };
};

/** Words in which a subgroup hands its sums on. */
export const cornerWords = matrixSide * matrixSide;

/** Of workgroup memory. */
export const matrixBytes = (
  tile: MatrixTile,
  { left, right }: Pick<Contraction, "left" | "right">,
): number =>
  2 * copyOf(tile.rows, tile.depth, left.liesAlongDepth).halves +
  2 * copyOf(tile.columns, tile.depth, right.liesAlongDepth).halves +
  4 * cornerWords * subgroupsOf(tile);

/** So many multiply-adds of an invocation take as long as one: devices with matrices do 8 to 16. No GPU has measured it yet. */
const speed = 12;

/** In multiply-adds of one invocation, as of `tiles.ts`. */
export const costOfMatrixTile = (
  tile: MatrixTile,
  { batch, rows, columns, depth }: Sizes,
  device: Device = anyDevice,
): number => {
  const { load, shared, barrier, store } = device.figures;
  const invocations = matrixInvocations(tile);
  const count = batch * Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const multiplied = (tile.rows * tile.columns * tile.depth) / invocations / speed;
  const copied = ((tile.rows + tile.columns) * tile.depth) / invocations;
  const step = multiplied + copied * load + 2 * barrier;
  const { perSubgroup: own } = tile;
  const corners = (own.rows * own.columns) / cornerWords;
  const end =
    ((own.rows * own.columns) / matrixSubgroup) * (store + shared / 4) + 2 * corners * barrier;
  return roundsOf(count * invocations, device) * (Math.ceil(depth / tile.depth) * step + end);
};

/** Null where none is faster than `cost`. */
export const chooseMatrixTile = (
  contraction: Contraction,
  cost: number,
  device: Device = anyDevice,
): MatrixTile | null => {
  const sizes = sizesOf(contraction);
  const [best] = matrixTiles
    .map((tile) => ({ tile, cost: costOfMatrixTile(tile, sizes, device) }))
    .toSorted((a, b) => a.cost - b.cost);
  return best !== undefined && best.cost < cost ? best.tile : null;
};
