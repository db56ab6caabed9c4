// Figures besides times of calls: bytes that are shipped, time of whole commands, what is left in memory.

import type { TorchPeer } from "../../shared/torch.ts";
import type { Clock } from "../clock.ts";

export type Unit = "B" | "ms" | "%";

export type Figure = {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** What is aimed at: no more than that. Null where nothing is. */
  readonly most: number | null;
  readonly note?: string;
};

export type Survey = {
  readonly name: string;
  readonly what: string;
  readonly measure: (bench: Bench) => Promise<readonly Figure[]>;
};

export type Bench = {
  readonly clock: Clock;
  /** How often to measure what varies. */
  readonly rounds: number;
  readonly torch: () => Promise<TorchPeer>;
};

export type Surveyed = {
  readonly survey: Survey;
  readonly figures: readonly Figure[];
  /** Why there are none. */
  readonly failure: string | null;
};

export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;
