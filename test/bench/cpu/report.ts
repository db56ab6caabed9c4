// What was measured, as lines to read, as a table, and as JSON.

import { writeFileSync } from "node:fs";
import type { Row as RowOf } from "../shared/measure.ts";
import type { Measured as MeasuredOf } from "../shared/measure-all.ts";
import type { Times } from "../shared/time-in-turns.ts";
import { judged } from "./bars.ts";
import type { Surveyed } from "./figures/figure.ts";
import { isMet, surveyHeads, surveyRows } from "./figures/report.ts";
import { scriptPeers } from "./work.ts";
import type { Bar, PeerName, Work } from "./work.ts";

export type Row = RowOf<PeerName>;
export type Measured = MeasuredOf<Work, PeerName>;

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const timeOf = (ms: number): string =>
  ms >= 1 ? `${digits(ms)} ms` : ms >= 1e-3 ? `${digits(1e3 * ms)} µs` : `${digits(1e6 * ms)} ns`;

const rateOf = ({ flop }: Work, { min }: Times): string =>
  flop === null ? "" : digits(flop / min / 1e6);

const timesOf = (rows: readonly Row[], name: PeerName): Times | null =>
  rows.find(({ peer }) => peer === name)?.times ?? null;

type Named = { readonly peer: PeerName; readonly times: Times };

/** The fastest in JavaScript and WebAssembly, by its minimum. */
const fastestScript = (rows: readonly Row[]): Named | null =>
  rows
    .flatMap(({ peer, times }): readonly Named[] =>
      times !== null && scriptPeers.some((one) => one === peer) ? [{ peer, times }] : [],
    )
    .toSorted((a, b) => a.times.min - b.times.min)[0] ?? null;

/** Of minima, and of medians. */
const speedUp = (slow: Times, fast: Times): string =>
  `${digits(slow.min / fast.min)} x (${digits(slow.median / fast.median)})`;

const widths = [18, 11, 11, 9, 17];

const line = (cells: readonly string[], more: string): string =>
  `  ${cells.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join("")}  ${more}`.trimEnd();

export const reportLines = ({ work, rows, skipped }: Measured): readonly string[] => {
  const head = `${work.name}: ${work.what}`;
  if (skipped !== null) return [head, `  skipped: ${skipped}`];
  const fastest = fastestScript(rows);
  return [
    head,
    line(["", "min", "median", "GFLOP/s", "to fastest JS"], ""),
    ...rows.map(({ peer, times, difference, note, failure }) => {
      if (times === null) return line([peer], failure ?? "");
      const remarks = [
        note,
        difference === null ? "" : `differs by ${difference.toExponential(1)}`,
        `${times.samples} x ${times.count}`,
      ];
      return line(
        [
          peer,
          timeOf(times.min),
          timeOf(times.median),
          rateOf(work, times),
          fastest === null || peer === "peak" ? "" : speedUp(fastest.times, times),
        ],
        remarks.filter((part) => part !== "").join("; "),
      );
    }),
    ...judged(work.bars, rows).map(({ text, isMet }) => `  ${isMet ? "met" : "MISSED"}: ${text}`),
  ];
};

const heads = [
  "work",
  "dlm min",
  "median",
  "GFLOP/s",
  "fastest JS",
  "its min",
  "times as fast (of medians)",
  "onnxruntime-node",
  "PyTorch",
  "reached (aimed at), missed in bold",
];

/** Of dlm: with what is known of the sizes, and without, and on several threads. */
const subjects = ["dlm", "dlm, open batch", "dlm, threads"] as const;
type Subject = (typeof subjects)[number];

const isAbout = (bar: Bar, subject: Subject): boolean =>
  subject === (bar.kind === "threads" ? "dlm, threads" : "dlm");

const cellsOf = ({ work, rows, skipped }: Measured, subject: Subject): readonly string[] => {
  const name = subject.replace("dlm", work.name);
  const dlm = timesOf(rows, subject);
  if (dlm === null) return [name, skipped ?? "not measured", ...heads.slice(2).map(() => "")];
  const fastest = fastestScript(rows);
  const native = (peer: PeerName): string => {
    const times = timesOf(rows, peer);
    return times === null ? "" : `${timeOf(times.min)}, ${digits(times.min / dlm.min)} x`;
  };
  return [
    name,
    timeOf(dlm.min),
    timeOf(dlm.median),
    rateOf(work, dlm),
    fastest?.peer ?? "",
    fastest === null ? "" : timeOf(fastest.times.min),
    fastest === null ? "" : speedUp(fastest.times, dlm),
    native("onnxruntime-node"),
    native("PyTorch"),
    [
      ...judged(
        work.bars.filter((bar) => isAbout(bar, subject)),
        rows,
      ).map(({ text, isMet }) => (isMet ? text : `**${text}**`)),
      ...(subject === "dlm, threads" ? [rows.find(({ peer }) => peer === subject)!.note] : []),
    ].join("; "),
  ];
};

const tableRows = (one: Measured): readonly (readonly string[])[] =>
  subjects
    .filter((subject) => subject === "dlm" || timesOf(one.rows, subject) !== null)
    .map((subject) => cellsOf(one, subject));

/** In Markdown. */
const markdown = (rows: readonly (readonly string[])[]): readonly string[] => {
  const wide = rows[0]!.map((_, k) => Math.max(...rows.map((cells) => cells[k]!.length)));
  const lines = rows.map(
    (cells) => `| ${cells.map((cell, k) => cell.padEnd(wide[k]!)).join(" | ")} |`,
  );
  return [
    lines[0]!,
    `| ${wide.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...lines.slice(1),
  ];
};

export const tableLines = ({ measured, surveyed }: Results): readonly string[] => [
  ...(measured.length === 0 ? [] : markdown([heads, ...measured.flatMap(tableRows)])),
  ...(surveyed.length === 0 ? [] : ["", ...markdown([surveyHeads, ...surveyRows(surveyed)])]),
];

export type Results = {
  readonly measured: readonly Measured[];
  readonly surveyed: readonly Surveyed[];
};

export const writeResults = (
  path: string,
  about: object,
  { measured, surveyed }: Results,
): void => {
  const works = measured.map(({ work, rows, skipped }) => {
    const { name, what, flop } = work;
    const fastest = fastestScript(rows);
    const dlm = timesOf(rows, "dlm");
    return {
      name,
      what,
      flop,
      skipped,
      rows,
      fastestScript: fastest?.peer ?? null,
      timesAsFast: fastest === null || dlm === null ? null : fastest.times.min / dlm.min,
      bars: judged(work.bars, rows),
    };
  });
  const surveys = surveyed.map(({ survey: { name, what }, figures, failure }) => ({
    name,
    what,
    failure,
    figures: figures.map((figure) => ({ ...figure, isMet: isMet(figure) })),
  }));
  writeFileSync(path, `${JSON.stringify({ ...about, works, surveys }, null, 2)}\n`);
};
