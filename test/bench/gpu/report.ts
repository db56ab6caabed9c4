// What was measured, as lines to read and as JSON.

import { writeFileSync } from "node:fs";
import type { Measured as MeasuredOf } from "../shared/measure-all.ts";
import type { Row as RowOf } from "../shared/measure.ts";
import type { Amount, PeerName, Work } from "./work.ts";

export type Row = RowOf<PeerName>;

export type Measured = MeasuredOf<Work, PeerName>;

const units: Record<Amount["kind"], { readonly name: string; readonly perMs: number }> = {
  flop: { name: "TFLOP/s", perMs: 1e-9 },
  bytes: { name: "GB/s", perMs: 1e-6 },
  dispatches: { name: "µs each", perMs: 0 },
};

const rateOf = (amount: Amount | null, ms: number): number | null => {
  if (amount === null) return null;
  return amount.kind === "dispatches"
    ? (1000 * ms) / amount.count
    : (amount.count / ms) * units[amount.kind].perMs;
};

const isWebPeer = (peer: PeerName): boolean =>
  peer !== "dlm" && peer !== "WGSL" && peer !== "PyTorch";

/** Of the medians of what runs on the same Dawn. */
const fastestPeer = (rows: readonly Row[]): number | null => {
  const list = rows.flatMap(({ peer, times }) =>
    isWebPeer(peer) && times !== null ? [times.median] : [],
  );
  return list.length === 0 ? null : Math.min(...list);
};

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(3);

const line = (cells: readonly string[]): string =>
  `  ${cells[0]!.padEnd(17)}${cells
    .slice(1, 5)
    .map((cell) => cell.padStart(14))
    .join("")}  ${cells[5]!}`;

/** The yardstick of each kind of amount. */
const yardstickOf: Record<Amount["kind"], string | null> = {
  flop: "fma",
  bytes: "copy",
  dispatches: null,
};

/** How much of what the device does at best. */
const partOfBest = ({ name, amount }: Work, ms: number, measured: readonly Measured[]): string => {
  const yardstick = amount === null ? null : yardstickOf[amount.kind];
  const best = measured.find(({ work }) => work.name === yardstick);
  const times = best?.rows[0]?.times ?? null;
  if (amount === null || best === undefined || times === null || name === yardstick) return "";
  const part = rateOf(amount, ms)! / rateOf(best.work.amount, times.min)!;
  return `${(100 * part).toFixed(0)} % of ${yardstick}`;
};

/** `measured`: all so far. */
export const reportLines = (
  { work, rows, skipped }: Measured,
  measured: readonly Measured[],
): readonly string[] => {
  const { name, what, amount, bar } = work;
  const head = `${name}: ${what}${bar === "" ? "" : ` (bar: ${bar})`}`;
  if (skipped !== null) return [head, `  skipped: ${skipped}`];
  const fastest = fastestPeer(rows);
  const unit = amount === null ? "" : units[amount.kind].name;
  return [
    head,
    line(["", "min, ms", "median, ms", unit, "to best peer", ""]),
    ...rows.map(({ peer, times, difference, note, failure }) => {
      if (times === null) return `  ${peer.padEnd(17)}${failure ?? ""}`;
      const rate = rateOf(amount, times.median);
      const remarks = [
        partOfBest(work, times.median, measured),
        note,
        difference === null ? "" : `differs by ${difference.toExponential(1)}`,
        `${times.samples} x ${times.count}`,
      ];
      return line([
        peer,
        digits(times.min),
        digits(times.median),
        rate === null ? "" : digits(rate),
        fastest === null ? "" : `${digits(fastest / times.median)} x`,
        remarks.filter((part) => part !== "").join("; "),
      ]);
    }),
  ];
};

export const writeResults = (path: string, about: object, measured: readonly Measured[]): void => {
  const works = measured.map(({ work, rows, skipped }) => {
    const fastest = fastestPeer(rows);
    const { name, what, amount, bar } = work;
    return {
      name,
      what,
      amount,
      bar,
      skipped,
      rows: rows.map((row) => ({
        ...row,
        ...(row.times === null || amount === null
          ? {}
          : { rate: rateOf(amount, row.times.median), unit: units[amount.kind].name }),
        ...(row.times === null || fastest === null
          ? {}
          : { toBestPeer: fastest / row.times.median }),
      })),
    };
  });
  writeFileSync(path, `${JSON.stringify({ ...about, works }, null, 2)}\n`);
};
