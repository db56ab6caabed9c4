// Ways that were measured to be fastest on a device, as a file keeps them, and how they are found again.

import type { Precision } from "../../../runtime/abi.ts";
import { DlmError } from "../../../runtime/errors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { keyOf } from "./launch-key.ts";
import type { Scope } from "./launch-key.ts";
import type { Measured } from "./ways.ts";

/** A way, and what a run of it took. */
export type TimedWay = { readonly way: string; readonly microseconds: number };

/** The fastest way. */
export type TunedWay = TimedWay & {
  /** The one that costs say. */
  readonly model: TimedWay;
  /** For people: the kernel that was measured, at which sizes. */
  readonly kernel: string;
  readonly sizes: Readonly<Record<string, number>>;
};

export type Tuned = {
  readonly format: "dlm-tuned-1";
  /** What the device says it is. */
  readonly device: string;
  /** The version that measured. */
  readonly compiler: string;
  /** By `keyOf`. */
  readonly entries: Readonly<Record<string, TunedWay>>;
};

/** Throws `bad-json` where a text is no such file. */
export const parseTuned = (text: string, name: string): Tuned => {
  const refuse = (problem: string): never => {
    throw new DlmError("bad-json", `${name}: ${problem}; \`dlm tune\` writes such files`);
  };
  const parsed = ((): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return refuse("this is no JSON");
    }
  })();
  if (!isRecord(parsed) || parsed["format"] !== "dlm-tuned-1")
    return refuse("these are no measured kernels");
  for (const field of ["device", "compiler"])
    if (typeof parsed[field] !== "string") return refuse(`\`${field}\` must be a text`);
  const { entries } = parsed;
  if (!isRecord(entries)) return refuse("`entries` must be an object");
  for (const [key, entry] of Object.entries(entries))
    if (!isTunedWay(entry))
      return refuse(`\`${key}\` must have a way and its microseconds, and those of the model`);
  return parsed as Tuned;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTimed = (value: unknown): value is TimedWay & Readonly<Record<string, unknown>> =>
  isRecord(value) &&
  typeof value["way"] === "string" &&
  typeof value["microseconds"] === "number" &&
  value["microseconds"] > 0;

const isTunedWay = (value: unknown): value is TunedWay =>
  isTimed(value) &&
  isTimed(value["model"]) &&
  typeof value["kernel"] === "string" &&
  isRecord(value["sizes"]);

/** Null where nothing was measured. */
export const tunedWayOf = (
  { entries }: Tuned,
  precision: Precision,
  scope: Scope,
  kernel: Kernel,
): TunedWay | null => {
  const key = keyOf(scope, kernel, precision);
  return Object.hasOwn(entries, key) ? entries[key]! : null;
};

/** Chooses what was measured. `stale` is told of ways that there are no more: costs say instead. */
export const measuredIn =
  (tuned: Tuned, precision: Precision, stale: (entry: TunedWay) => void): Measured =>
  (scope, kernel, texts) => {
    const entry = tunedWayOf(tuned, precision, scope, kernel);
    if (entry === null) return null;
    if (texts().includes(entry.way)) return entry.way;
    stale(entry);
    return null;
  };
