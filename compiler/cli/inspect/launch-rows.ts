// What a GPU runs of an entry: each launch with the way it is computed in, and what other ways would cost.

import type { Places } from "../../backends/places.ts";
import { candidatesOf, wayText } from "../../backends/wgsl/candidates.ts";
import { choicesOn } from "../../backends/wgsl/index.ts";
import type { ChoicesFor, MeasuredDevice } from "../../backends/wgsl/index.ts";
import { aloneIn } from "../../backends/wgsl/launch-key.ts";
import type { Scope } from "../../backends/wgsl/launch-key.ts";
import { planLaunches, rowByRow, wholeWaysOf } from "../../backends/wgsl/plan-launches.ts";
import type { WeighedLaunch } from "../../backends/wgsl/plan-launches.ts";
import { emitShader, workgroupsOf } from "../../backends/wgsl/shader.ts";
import { sharingOf } from "../../backends/wgsl/sharing.ts";
import type { Device } from "../../backends/wgsl/tiles.ts";
import { tunedWayOf } from "../../backends/wgsl/tuned.ts";
import type { Tuned, TunedWay } from "../../backends/wgsl/tuned.ts";
import { evaluateDim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { sizesOfDispatch } from "../../lower/plan.ts";
import type { EntryPlan, Plan } from "../../lower/plan.ts";
import { byteCount, shortTime, table, withCommas } from "../train/numbers.ts";
import { costOf } from "./kernel-cost.ts";
import type { Cost, Sizes } from "./kernel-cost.ts";
import { roundsOf } from "./layers.ts";

/** What launches are planned with. */
export type GpuChoices = {
  readonly choicesFor: ChoicesFor;
  readonly tuned: Tuned | null;
};
export const gpuChoices = (measured: MeasuredDevice): GpuChoices => ({
  choicesFor: choicesOn(measured),
  tuned: measured.tuned ?? null,
});

export type WayCost = { readonly way: string; readonly cost: number };

export type LaunchRow = WayCost & {
  /** Of its entry point. */
  readonly name: string;
  /** How often a run of the entry makes it: once per step of the loops it stands in. */
  readonly times: number;
  /** The cheapest others of each kind, cheapest first; costs are multiply-adds of one invocation. */
  readonly others: readonly WayCost[];
  /** Why it is this way: what that took on a device, and the way that costs say; null where costs said. */
  readonly measured: TunedWay | null;
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
  { choicesFor, tuned }: GpuChoices,
): readonly LaunchRow[] => {
  const choices = choicesFor(plan.precision);
  return entry.dispatches.flatMap((dispatch) => {
    const { kernel: original } = plan.kernels[dispatch.kernel]!;
    const { kernel, launches } = planLaunches(original, choices);
    const source = { kernel: original, sharing: sharingOf(entry, dispatch, original) };
    const emitted = emitShader([source], places, choices).kernels[0]!.launches;
    const own = sizesOfDispatch(original, dispatch, sizes);
    const { span } = original;
    const isBlocks = launches[0]?.way.kind === "attention";
    const wholes = wholeWaysOf(original, choices);
    const whole = wholes.find((one) => isBlocks !== (one.text === rowByRow))!;
    const instead = wholes
      .filter((one) => one !== whole)
      .map(({ text, plan: { launches: list } }) => ({ way: text, cost: costOfAll(list) }));
    const most = Math.max(...launches.map(({ cost }) => cost));
    const measured = (scope: Scope, of: Kernel, way: string): TunedWay | null => {
      const found = tuned === null ? null : tunedWayOf(tuned, plan.precision, scope, of);
      return found?.way === way ? found : null;
    };
    return launches.map((launch, k): LaunchRow => {
      const way = wayText(launch.way);
      const alone = aloneIn(kernel, launch.launch);
      return {
        name: emitted[k]!.entryPoint,
        way: emitted[k]!.matrices === null ? way : `${way}; ${matricesText(launch)}`,
        cost: launch.cost,
        times: roundsOf(dispatch, sizes),
        others: [
          ...(isBlocks ? [] : othersOf(kernel, launch, choices.device)),
          ...(launch.cost === most ? instead : []),
        ].toSorted((a, b) => a.cost - b.cost),
        measured: measured("launch", alone, way) ?? measured("kernel", original, whole.text),
        workgroups: workgroupsOf(emitted[k]!, evaluateDim(emitted[k]!.elements, own)),
        work: costOf(alone, own),
        at: places(span?.call ?? span)?.at ?? "",
      };
    });
  });
};

/** What devices take that multiply matrices. */
const matricesText = ({ matrixTile }: WeighedLaunch): string => {
  const { rows, columns, depth } = matrixTile!;
  return `with matrices ${rows} x ${columns} x ${depth}`;
};

/** As of a single launch, without what it takes to begin one. */
const costOfAll = (launches: readonly WeighedLaunch[]): number =>
  launches.reduce((n, { cost }) => n + cost, 0);

const othersOf = (
  kernel: Kernel,
  { launch, way }: WeighedLaunch,
  device: Device | undefined,
): readonly WayCost[] => {
  const own = wayText(way);
  const others = candidatesOf(kernel, launch, device).filter((one) => wayText(one.way) !== own);
  return others
    .filter((one, k) => others.findIndex((other) => other.way.kind === one.way.kind) === k)
    .map((one) => ({ way: wayText(one.way), cost: one.cost }));
};

/** At most this many other ways in a row. */
const shownOthers = 2;

export const launchesText = (rows: readonly LaunchRow[]): readonly string[] => {
  const isMeasured = rows.some(({ measured }) => measured !== null);
  const when = <T>(value: T): readonly T[] => (isMeasured ? [value] : []);
  return table(
    [
      [
        "launch",
        "way",
        "cost",
        ...when("chosen"),
        "instead",
        "workgroups",
        "FLOPs",
        "bytes",
        "from",
      ],
      ...rows.map(({ name, way, cost, times, others, measured, workgroups, work, at }) => [
        times === 1 ? name : `${name}, ${withCommas(times)} times`,
        way,
        costText(cost),
        ...when(measured === null ? "by cost" : measuredText(measured)),
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
    ["left", "left", "right", ...when("left" as const), "left", "right", "right", "right", "left"],
  );
};

/** `measured 12.3 µs (by cost tiles of 64 x 64 x 16, 15.1 µs)` */
const measuredText = ({ way, microseconds, model }: TunedWay): string => {
  const own = `measured ${shortTime(microseconds)}`;
  return way === model.way
    ? `${own}, as by cost`
    : `${own} (by cost ${model.way}, ${shortTime(model.microseconds)})`;
};

const costText = (cost: number): string => withCommas(Math.round(cost));

const workgroupsText = ([x, y, z]: LaunchRow["workgroups"]): string =>
  z > 1 ? `${x} x ${y} x ${z}` : y > 1 ? `${x} x ${y}` : String(x);
