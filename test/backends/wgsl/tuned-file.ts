// Files of measured kernels, written by hand: what a device would have been measured to be fastest with.

import { aloneIn, keyOf } from "../../../compiler/backends/wgsl/launch-key.ts";
import type { Scope } from "../../../compiler/backends/wgsl/launch-key.ts";
import { planLaunches } from "../../../compiler/backends/wgsl/plan-launches.ts";
import type { Tuned, TunedWay } from "../../../compiler/backends/wgsl/tuned.ts";
import { webgpu } from "../../../compiler/costs/webgpu.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import type { Precision } from "../../../runtime/abi.ts";

export const tunedWay = (way: string, entry: Partial<TunedWay> = {}): TunedWay => ({
  kernel: "a kernel",
  sizes: {},
  way,
  microseconds: 2,
  model: { way: "an invocation each", microseconds: 3 },
  ...entry,
});

export const tunedFile = (entries: Tuned["entries"]): Tuned => ({
  format: "dlm-tuned-1",
  device: "a device",
  compiler: "0",
  entries,
});

/** One kernel or launch with one way. */
export const tunedFor = (
  scope: Scope,
  kernel: Kernel,
  way: string,
  precision: Precision = "f32",
): Tuned => tunedFile({ [keyOf(scope, kernel, precision)]: tunedWay(way) });

/** Of the first launch of a program with one model. */
export const keyOfFirst = (text: string): string => {
  const { modules } = compile({ entry: "net.dlm", read: () => text });
  const [first] = lower(modules[0]!, { target: webgpu }).kernels;
  const { kernel, launches } = planLaunches(first!.kernel);
  return keyOf("launch", aloneIn(kernel, launches[0]!.launch), "f32");
};
