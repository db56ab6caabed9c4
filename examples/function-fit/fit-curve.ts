// The curve network, compiled in memory and trained on generated points.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load, wasmBackend } from "dlm";
import { datasetOf, fit } from "dlm/runtime";
import type { Model, Trainer } from "dlm/runtime";
import { curve, drawPoints, gridOf } from "./data.ts";
import type { Points } from "./data.ts";

/** x and y, one number each per example. */
type Batch = { readonly x: Float32Array; readonly y: Float32Array };
type Metrics = { readonly loss: number; readonly rmse: number };
type Log = Metrics & { readonly step: number };

const createTrainer = (seed: number): Promise<Trainer<Batch, Log, Metrics>> => {
  const entry = fileURLToPath(new URL("curve.dlm", import.meta.url));
  const read = (path: string): string => readFileSync(path, "utf8");
  const { CurveTrainer } = load({ entry, read, backend: wasmBackend, steps: false }).recipes;
  return CurveTrainer!.create<Batch, Log, Metrics>({ seed });
};

export type Fitted = {
  readonly points: Points;
  /** Where the network was asked, and what it said. */
  readonly grid: Float32Array;
  readonly learned: Float32Array;
  /** Root mean square distance from the true curve over the grid. */
  readonly distance: number;
  /** On the noisy points it learned from. */
  readonly metrics: Metrics;
};

export type FitOptions = {
  readonly seed?: number;
  readonly epochs?: number;
  readonly onEpoch?: (epoch: number, log: Log | null) => void;
};

/** Deviation of the noise on the points: no network can have a smaller error on new ones. */
export const noise = 0.1;

export const fitCurve = async ({ seed = 0, epochs, onEpoch }: FitOptions = {}): Promise<Fitted> => {
  const trainer = await createTrainer(seed);
  const points = drawPoints(1024, noise, seed);
  const data = datasetOf([
    ["x", { dtype: "f32", shape: [1], values: points.x }],
    ["y", { dtype: "f32", shape: [1], values: points.y }],
  ]);
  await fit(trainer, {
    data: { kind: "table", data },
    settings: { logEvery: 1, ...(epochs === undefined ? {} : { epochs }) },
    onEpoch: (report) => onEpoch?.(report.epoch, report.log),
  });
  const batches = Array.from({ length: 16 }, (_, i) => ({
    x: points.x.subarray(64 * i, 64 * (i + 1)),
    y: points.y.subarray(64 * i, 64 * (i + 1)),
  }));
  const metrics = await trainer.evaluate(batches);
  const grid = gridOf(301);
  const net: Model<{ readonly x: Float32Array }, Float32Array> = trainer.model("net");
  const learned = await net.forward({ x: grid });
  const squares = [...grid].map((x, i) => (learned[i]! - curve(x)) ** 2);
  const distance = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  return { points, grid, learned, distance, metrics };
};
