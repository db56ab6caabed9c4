// A GRU forecasts half a year of carbon dioxide on Mauna Loa, beside naive forecasts.

import { readFileSync } from "node:fs";
import { datasetOf } from "dlm/runtime";
import type { Dataset } from "dlm/runtime";
import { drawCurves } from "../draw/charts.ts";
import { runAsScript, writePicture } from "../example.ts";
import type { Run } from "../example.ts";
import { askNet, learn, openRecipe } from "../open-recipe.ts";

/** Weeks that the network sees, that it tells, and at the end of the series that it is measured on. */
const past = 104;
const ahead = 26;
const testWeeks = 520;
const year = 52;

/** One value a week; the weeks without a measurement lie on a line between their neighbours. */
const readWeeks = (): Float64Array => {
  const rows = readFileSync(new URL("co2.csv", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const cells = rows.slice(1).map((row) => row.split(",")[1]!);
  const known = cells.flatMap((cell, i) => (cell === "" ? [] : [i]));
  const weeks = new Float64Array(cells.length);
  known.slice(1).forEach((b, n) => {
    const a = known[n]!;
    for (let i = a; i <= b; i++) {
      const share = (i - a) / (b - a);
      weeks[i] = (1 - share) * Number(cells[a]) + share * Number(cells[b]);
    }
  });
  return weeks;
};

/** Examples whose first unknown week is `from` to `to - 1`: `past` of `[N, 104]`, `future` of `[N, 26]`. */
const windows = (weeks: Float64Array, from: number, to: number): Dataset => {
  const count = to - from;
  const column = (start: number, length: number) => ({
    dtype: "f32" as const,
    shape: [length],
    values: Float32Array.from({ length: count * length }, (_, i) => {
      return weeks[from + start + Math.floor(i / length) + (i % length)]!;
    }),
  });
  return datasetOf([
    ["past", column(-past, past)],
    ["future", column(0, ahead)],
  ]);
};

/** Root mean square error of a forecast, given for the week `h` weeks after week `at`. */
const errorOf = (
  weeks: Float64Array,
  from: number,
  to: number,
  told: (at: number, h: number) => number,
): number => {
  let sum = 0;
  for (let at = from; at < to; at++)
    for (let h = 0; h < ahead; h++) sum += (told(at, h) - weeks[at + h]!) ** 2;
  return Math.sqrt(sum / ((to - from) * ahead));
};

export const run: Run = async ({ seed, small, out }) => {
  const recipe = await openRecipe(new URL("forecast.dlm", import.meta.url), "CarbonTrainer", seed);
  const weeks = readWeeks();
  const border = weeks.length - testWeeks;
  const end = weeks.length - ahead + 1;
  await learn(recipe, windows(weeks, past, border - ahead + 1), {
    epochs: Infinity,
    ...(small ? { steps: 150 } : {}),
  });
  const tested = windows(weeks, border, end).columns.get("past")!.values as Float32Array;
  const told = askNet(recipe, "net", { past: tested }, end - border);

  if (out !== null) await draw(out, weeks, border, end, told);
  const error = (forecast: (at: number, h: number) => number): number =>
    errorOf(weeks, border, end, forecast);
  const lastYear = (at: number, h: number): number => weeks[at + h - year]!;
  return {
    figures: {
      rmse: error((at, h) => told[(at - border) * ahead + h]!),
      last_value: error((at) => weeks[at - 1]!),
      last_year: error(lastYear),
      last_year_and_growth: error(
        (at, h) => lastYear(at, h) + weeks[at - 1]! - weeks[at - 1 - year]!,
      ),
    },
  };
};

/** Writes `forecast.svg`: every second half year of the test, told from what came before it. */
const draw = async (
  out: string,
  weeks: Float64Array,
  border: number,
  end: number,
  told: Float32Array,
): Promise<void> => {
  const date = (week: number): number => 1958.24 + week / 52.1775;
  const curve = (name: string, from: number, values: ArrayLike<number>) => ({
    name,
    x: Array.from(values, (_, i) => date(from + i)),
    y: values,
  });
  const starts = Array.from({ length: 3 }, (_, i) => border + 180 + 2 * ahead * i);
  const forecasts = starts
    .filter((at) => at < end)
    .map((at) =>
      curve(
        `forecast from ${date(at).toFixed(1)}`,
        at,
        told.subarray((at - border) * ahead, (at - border + 1) * ahead),
      ),
    );
  const from = border + 120;
  const measured = curve("measured", from, weeks.subarray(from, from + 250));
  const axes = {
    title: "Carbon dioxide on Mauna Loa",
    x: "year",
    y: "parts per million",
    years: true,
  };
  writePicture(out, "forecast.svg", await drawCurves([measured, ...forecasts], axes));
};

await runAsScript(import.meta.url, "time-series", run);
