// A plan into what `dlm inspect` prints: layers, entries, totals.

import type { StoredTensor } from "../../ir/module.ts";
import { evaluateDim } from "../../ir/dim.ts";
import { printDim } from "../../ir/dim-text.ts";
import type { Dim } from "../../ir/dim.ts";
import { openCount } from "../../backends/wgsl/tiles.ts";
import { noPlaces } from "../../backends/places.ts";
import type { Places } from "../../backends/places.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { peakBytes } from "../../lower/plan.ts";
import { byteCount, table, withCommas } from "../train/numbers.ts";
import { sizesFor } from "./entry-sizes.ts";
import type { Cost, Sizes } from "./kernel-cost.ts";
import { scanNotes } from "../../passes/scan-notes.ts";
import { gpuChoices, launchRows, launchesText } from "./launch-rows.ts";
import type { GpuChoices, LaunchRow } from "./launch-rows.ts";
import { entryCost, layerRows, roundsOf } from "./layers.ts";
import type { LayerRow } from "./layers.ts";
import { stepLines } from "./step-lines.ts";

export type EntryReport = {
  readonly name: string;
  /** The sizes it was counted for. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Launches of kernels; in a loop one per step. */
  readonly dispatches: number;
  readonly kernels: number;
  readonly cost: Cost;
  /** Time loops: their steps, what they carry and what is kept for gradients. */
  readonly loops: readonly string[];
  /** Stored tensors and arena together. */
  readonly peakBytes: number;
  readonly layers: readonly LayerRow[];
  /** Where it is planned for a GPU. */
  readonly launches?: readonly LaunchRow[];
};

export type ModuleReport = {
  readonly name: string;
  readonly kind: "model" | "recipe";
  readonly params: number;
  readonly buffers: number;
  readonly state: number;
  /** Values that `prepare` computes from the others. */
  readonly derived: number;
  readonly kernels: number;
  readonly entries: readonly EntryReport[];
  /** Whether each model runs one position at a time, or why not. */
  readonly steps: readonly string[];
};

const entryReport = (
  plan: Plan,
  entry: EntryPlan,
  batch: number | null,
  places: Places,
  gpu: GpuChoices,
): EntryReport => {
  const sizes = sizesFor(entry, batch);
  return {
    name: entry.entry.name,
    sizes: Object.fromEntries(sizes),
    dispatches: entry.dispatches.reduce((sum, one) => sum + roundsOf(one, sizes), 0),
    kernels: new Set(entry.dispatches.map(({ kernel }) => kernel)).size,
    cost: entryCost(plan, entry, sizes),
    loops: scanNotes(entry.entry.graph),
    peakBytes: peakBytes(entry, sizes),
    layers: layerRows(plan, entry, sizes),
    ...(entry.target.name === "webgpu"
      ? { launches: launchRows(plan, entry, sizes, places, gpu) }
      : {}),
  };
};

export const reportOf = (
  plan: Plan,
  batch: number | null,
  places: Places = noPlaces,
  gpu: GpuChoices = gpuChoices({}),
): ModuleReport => {
  const { module } = plan;
  const words = (storage: StoredTensor["storage"]): number =>
    plan.stored
      .filter(({ tensor }) => tensor.storage === storage)
      .reduce((sum, place) => sum + place.words, 0);
  return {
    name: module.name,
    kind: module.train === null ? "model" : "recipe",
    params: words("param"),
    buffers: words("buffer"),
    state: words("state"),
    derived: words("derived"),
    kernels: plan.kernels.length,
    entries: plan.entries.map((entry) => entryReport(plan, entry, batch, places, gpu)),
    steps: stepLines(module, places),
  };
};

const shapeText = (shape: readonly Dim[], sizes: Sizes): string =>
  `[${shape.map((dim) => (typeof dim === "number" ? String(dim) : openSize(dim, sizes))).join(", ")}]`;

const openSize = (dim: Dim, sizes: Sizes): string => {
  const text = printDim(dim);
  return /^\w+$/.test(text) ? text : String(evaluateDim(dim, sizes));
};

/** At most this many kernel names in a row. */
const shownKernels = 3;

const kernelsText = (names: readonly string[]): string => {
  const more = names.length - shownKernels;
  return [...names.slice(0, shownKernels), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
};

const layersText = (entry: EntryReport): readonly string[] => {
  const sizes = new Map(Object.entries(entry.sizes));
  const rows = entry.layers.map((row) => [
    row.path,
    shapeText(row.shape, sizes),
    withCommas(row.params),
    withCommas(row.cost.flops),
    byteCount(row.cost.bytes),
    kernelsText(row.kernels),
  ]);
  const total = [
    "total",
    "",
    withCommas(entry.layers.reduce((sum, row) => sum + row.params, 0)),
    withCommas(entry.cost.flops),
    byteCount(entry.cost.bytes),
    `${entry.dispatches} ${entry.dispatches === 1 ? "launch" : "launches"}`,
  ];
  return table(
    [["layer", "result", "params", "FLOPs", "bytes", "kernels"], ...rows, total],
    ["left", "left", "right", "right", "right", "left"],
  );
};

const entriesText = (report: ModuleReport): readonly string[] =>
  table(
    [
      ["entry", "launches", "FLOPs", "bytes moved", "peak memory"],
      ...report.entries.map((entry) => [
        entry.name,
        withCommas(entry.dispatches),
        withCommas(entry.cost.flops),
        byteCount(entry.cost.bytes),
        byteCount(entry.peakBytes),
      ]),
    ],
    ["left", "right", "right", "right", "right"],
  );

const sizesText = (entry: EntryReport): string => {
  const parts = Object.entries(entry.sizes).map(([name, size]) => `${name} = ${size}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
};

const storedText = (report: ModuleReport): string =>
  [
    `${withCommas(report.params)} parameters (${byteCount(4 * report.params)})`,
    ...(report.buffers > 0 ? [`${withCommas(report.buffers)} buffer values`] : []),
    ...(report.state > 0 ? [`${withCommas(report.state)} optimizer values`] : []),
    ...(report.derived > 0 ? [`${withCommas(report.derived)} values prepared from them`] : []),
    `${report.kernels} ${report.kernels === 1 ? "kernel" : "kernels"}`,
  ].join(", ");

const loopsText = (entry: EntryReport): readonly string[] => entry.loops.map((line) => `  ${line}`);

const costNote = `costs count multiply-adds of one invocation, and open sizes as ${openCount}\n`;

/** Layers of the forward pass, then every entry in one line; for a GPU all launches. */
export const reportText = (report: ModuleReport): string => {
  const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
  const [first] = report.entries;
  const shown = report.kind === "model" && first !== undefined ? [first] : [];
  return [
    `${report.kind} ${report.name}: ${storedText(report)}`,
    "",
    ...shown.flatMap((entry) => [
      `  forward${sizesText(entry)}`,
      ...indent(layersText(entry)),
      `  peak memory ${byteCount(entry.peakBytes)}`,
      ...loopsText(entry),
      "",
    ]),
    ...(report.steps.length > 0 ? [...indent(report.steps), ""] : []),
    ...(report.kind === "recipe" || report.entries.length > 1
      ? [
          `  for one batch${first === undefined ? "" : sizesText(first)}`,
          ...indent(entriesText(report)),
          ...(first === undefined ? [] : loopsText(first)),
          "",
        ]
      : []),
    ...report.entries.flatMap(({ name, launches = [] }) =>
      launches.length === 0 ? [] : [`  launches of ${name}`, ...indent(launchesText(launches)), ""],
    ),
    ...(report.entries.some(({ launches = [] }) => launches.length > 0) ? [`  ${costNote}`] : []),
  ].join("\n");
};
