// Measured runs of an example and of its PyTorch twin into a table, and into the README.

import type { Figures } from "./example.ts";

export type Side = "dlm" | "twin";
export type Measured = {
  readonly seed: number;
  /** Of the whole process. */
  readonly seconds: number;
  readonly figures: Figures;
};
export type Results = Readonly<Record<Side, readonly Measured[]>>;

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const meanOf = (runs: readonly Measured[], name: string): number =>
  mean(runs.map(({ figures }) => figures[name]!));

/** For each figure a row per side: each seed, then the mean; and the ratio of the means. */
export const tableOf = ({ dlm, twin }: Results): string => {
  const names = Object.keys((dlm[0] ?? twin[0])?.figures ?? {});
  const cell = (value: number): string => value.toPrecision(5).padStart(11);
  const row = (label: string, runs: readonly Measured[], name: string): string => {
    const seeds = runs.map(({ figures }) => cell(figures[name]!)).join("");
    return `${label.padEnd(10)}${seeds}   mean${cell(meanOf(runs, name))}`;
  };
  const lines = names.flatMap((name) => [
    name,
    ...(dlm.length > 0 ? [row("  dlm", dlm, name)] : []),
    ...(twin.length > 0 ? [row("  PyTorch", twin, name)] : []),
    ...(dlm.length > 0 && twin.length > 0
      ? [`  ratio ${(meanOf(dlm, name) / meanOf(twin, name)).toFixed(4)}`]
      : []),
  ]);
  const seconds = (runs: readonly Measured[]): string =>
    runs.map((run) => run.seconds.toFixed(0)).join(", ") || "-";
  return [...lines, `seconds: dlm ${seconds(dlm)}; PyTorch ${seconds(twin)}`].join("\n");
};

/** A README with the table in its place: the first fenced block of text after the line `<!-- results -->`, or none. */
export const withTable = (readme: string, table: string): string =>
  readme.replace(/(<!-- results -->\s*```text\n)[^]*?(\n```)/, (_, before: string, after: string) =>
    [before, table, after].join(""),
  );
