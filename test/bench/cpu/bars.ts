// Whether what is aimed at was reached, by minima: they are what the machine does when nothing else is on it.

import type { Row } from "../shared/measure.ts";
import type { Bar, PeerName } from "./work.ts";

/** What was reached, and in parentheses what is aimed at. */
export type Judged = { readonly text: string; readonly isMet: boolean };

/** Of an engine where products round once with their sums. */
export const whereFused = (bar: Bar): Bar =>
  bar.kind === "peak"
    ? { ...bar, part: bar.fused }
    : bar.kind === "speed"
      ? { ...bar, times: bar.fused ?? bar.times }
      : bar;

const judge = (bar: Bar, dlm: number, minOf: (name: PeerName) => number | null): Judged | null => {
  switch (bar.kind) {
    case "peak": {
      const peak = minOf("peak");
      if (peak === null) return null;
      const part = peak / dlm;
      const text = `${(100 * part).toFixed(0)} % of the peak (${(100 * bar.part).toFixed(0)} %)`;
      return { text, isMet: part >= bar.part };
    }
    case "threads": {
      const several = minOf("dlm, threads");
      if (several === null) return null;
      const times = dlm / several;
      return { text: `${times.toFixed(2)} x one thread (${bar.times})`, isMet: times >= bar.times };
    }
    case "speed": {
      const others = bar.than.flatMap((name) => minOf(name) ?? []);
      if (others.length === 0) return null;
      const times = Math.min(...others) / dlm;
      const than = bar.than.length > 2 ? "JS" : bar.than.join(" and ");
      return {
        text: `${times.toFixed(2)} x ${than} (${bar.times})`,
        isMet: times >= bar.times,
      };
    }
    case "nanoseconds":
      return {
        text: `${(1e6 * dlm).toFixed(0)} ns (${bar.most})`,
        isMet: 1e6 * dlm <= bar.most,
      };
  }
};

/** Nothing is said of what was not measured. */
export const judged = (bars: readonly Bar[], rows: readonly Row<PeerName>[]): readonly Judged[] => {
  const minOf = (name: PeerName): number | null =>
    rows.find(({ peer }) => peer === name)?.times?.min ?? null;
  const dlm = minOf("dlm");
  return dlm === null ? [] : bars.flatMap((bar) => judge(bar, dlm, minOf) ?? []);
};
