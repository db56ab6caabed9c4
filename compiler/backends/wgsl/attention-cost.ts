// What attention in blocks costs, in multiply-adds of one invocation as of `tiles.ts`, and whether a device can do it.

import type { Attention } from "./attention.ts";
import type { Pass } from "./attention-passes.ts";
import { block } from "./block.ts";
import { chunksOf, together } from "./attention-steps.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { estimate, invocationsOf, roundsOf, stride } from "./tiles.ts";
import type { Device } from "./tiles.ts";

const countOf = (axes: readonly GridAxis[]): number => estimate(totalOf(axes));

const invocations = invocationsOf(block);
const { rows: ownRows, columns: ownColumns } = block.perInvocation;
const own = ownRows * ownColumns;

/** Sums of an invocation that stay in its registers: 4 x 4 of each 32 elements of a width. */
const mostChunks = 8;

export const fitsBlocks = ({ sums }: Attention, device: Device): boolean => {
  const groups = stride(block.rows, true) + stride(block.columns, true);
  const words = 4 * (groups * block.depth + stride(block.rows, true) * block.columns);
  const isKnown = sums.every(({ width }) => typeof totalOf(width) === "number");
  return (
    isKnown &&
    sums.reduce((n, { width }) => n + chunksOf(width), 0) <= mostChunks &&
    invocations <= device.invocations &&
    4 * words <= device.bytes
  );
};

/** About as many operations make a term, besides a function. */
const perTerm = 16;

export const costOfBlocks = (
  { batch, row, columns, sums }: Attention,
  passes: readonly Pass[],
  device: Device,
): number => {
  const { figures } = device;
  /** `columns`: groups of four that an invocation has. */
  const step = (columns: number, words: number): number =>
    block.depth * (columns * own + (columns + 1) * figures.shared) +
    ((words * block.depth) / invocations) * figures.load +
    2 * figures.barrier;
  const productStep = step(1, block.rows + block.columns);
  const sumSteps = (width: readonly GridAxis[]): number =>
    together(chunksOf(width)).reduce(
      (n, { length }) => n + (block.columns / block.depth) * step(length, length * block.columns),
      0,
    );
  const inBlock = (pass: Pass): number =>
    pass.products.reduce(
      (n, { depth }) => n + Math.ceil(countOf(depth) / block.depth) * productStep,
      0,
    ) +
    pass.sums.reduce((n, { width }) => n + sumSteps(width), 0) +
    own * (perTerm + figures.function) * (pass.running === null ? 1 : 2);
  const blocks = Math.ceil(countOf(columns) / block.columns);
  const groups = countOf(batch) * Math.ceil(countOf([row]) / block.rows);
  const stored = sums.reduce((n, { width }) => n + chunksOf(width) * own, 0);
  return (
    roundsOf(groups * invocations, device) *
    (blocks * passes.reduce((n, pass) => n + inBlock(pass), 0) + stored * figures.store)
  );
};
