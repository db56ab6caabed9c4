// What a GPU runs of an entry: each launch with the way it is computed in, and what other ways would cost.

import type { Places } from "../../backends/places.ts";
import { candidatesOf, wayText } from "../../backends/wgsl/candidates.ts";
import { planLaunches } from "../../backends/wgsl/plan-launches.ts";
import type { WeighedLaunch } from "../../backends/wgsl/plan-launches.ts";
import { kernelWith } from "../../backends/wgsl/rewriting.ts";
import { emitShader, workgroupsOf } from "../../backends/wgsl/shader.ts";
import { sharingOf } from "../../backends/wgsl/sharing.ts";
import type { Device } from "../../backends/wgsl/tiles.ts";
import { evaluateDim } from "../../ir/dim.ts";
import { loops, over } from "../../kernel/build.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { sizesOfDispatch } from "../../lower/plan.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { byteCount, table, withCommas } from "../train/numbers.ts";
import { costOf } from "./kernel-cost.ts";
import type { Cost, Sizes } from "./kernel-cost.ts";
import { roundsOf } from "./layers.ts";

export type WayCost = { readonly way: string; readonly cost: number };

export type LaunchRow = WayCost & {
  /** Of its entry point. */
  readonly name: string;
  /** How often a run of the entry makes it: once per step of the loops it stands in. */
  readonly times: number;
  /** The cheapest others of each kind, cheapest first; costs are multiply-adds of one invocation. */
  readonly others: readonly WayCost[];
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** Each time. */
  readonly work: Cost;
  /** `net.dlm:4:25` */
  readonly at: string;
};

export const launchRows = (
  plan: Plan,
  entry: EntryPlan,
  sizes: Sizes,
  places: Places,
  device: Device,
): readonly LaunchRow[] =>
  entry.dispatches.flatMap((dispatch) => {
    const { kernel: original } = plan.kernels[dispatch.kernel]!;
    const { kernel, launches } = planLaunches(original, { device });
    const source = { kernel: original, sharing: sharingOf(entry, dispatch, original) };
    const emitted = emitShader([source], places, { device }).kernels[0]!.launches;
    const own = sizesOfDispatch(original, dispatch, sizes);
    const { span } = original;
    return launches.map((launch, k): LaunchRow => ({
      name: emitted[k]!.entryPoint,
      way: wayText(launch.way),
      cost: launch.cost,
      times: roundsOf(dispatch, sizes),
      others:
        launch.way.kind === "attention"
          ? [{ way: "row by row", cost: costOfRows(original, device) }]
          : othersOf(kernel, launch, device),
      workgroups: workgroupsOf(emitted[k]!, evaluateDim(emitted[k]!.elements, own)),
      work: costOf(alone(kernel, launch), own),
      at: places(span?.call ?? span)?.at ?? "",
    }));
  });

/** Of attention that is not computed in blocks. */
const costOfRows = (kernel: Kernel, device: Device): number =>
  planLaunches(kernel, { device, inBlocks: () => false }).launches.reduce(
    (n, { cost }) => n + cost,
    0,
  );

const othersOf = (
  kernel: Kernel,
  { launch, way }: WeighedLaunch,
  device: Device,
): readonly WayCost[] => {
  const own = wayText(way);
  const others = candidatesOf(kernel, launch, device).filter((one) => wayText(one.way) !== own);
  return others
    .filter((one, k) => others.findIndex((other) => other.way.kind === one.way.kind) === k)
    .map((one) => ({ way: wayText(one.way), cost: one.cost }));
};

/** With the buffers that the launch works on. */
const alone = (kernel: Kernel, { launch: { grid, body } }: WeighedLaunch): Kernel => {
  const made = kernelWith(
    kernel,
    loops(
      grid.map(({ name, extent }) => over(name, extent)),
      body,
    ),
  );
  const text = JSON.stringify(made.body);
  const isUsed = ({ name }: { readonly name: string }): boolean =>
    text.includes(`"buffer":${JSON.stringify(name)}`);
  return { ...made, params: made.params.filter(isUsed), results: made.results.filter(isUsed) };
};

/** At most this many other ways in a row. */
const shownOthers = 2;

export const launchesText = (rows: readonly LaunchRow[]): readonly string[] =>
  table(
    [
      ["launch", "way", "cost", "instead", "workgroups", "FLOPs", "bytes", "from"],
      ...rows.map(({ name, way, cost, times, others, workgroups, work, at }) => [
        times === 1 ? name : `${name}, ${withCommas(times)} times`,
        way,
        costText(cost),
        others
          .slice(0, shownOthers)
          .map((one) => `${one.way} ${costText(one.cost)}`)
          .join("; ") || "-",
        workgroupsText(workgroups),
        withCommas(work.flops),
        byteCount(work.bytes),
        at,
      ]),
    ],
    ["left", "left", "right", "left", "right", "right", "right", "left"],
  );

const costText = (cost: number): string => withCommas(Math.round(cost));

const workgroupsText = ([x, y, z]: LaunchRow["workgroups"]): string =>
  z > 1 ? `${x} x ${y} x ${z}` : y > 1 ? `${x} x ${y}` : String(x);
