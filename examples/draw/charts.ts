// Curves, points and matrices of numbers into SVG pictures.

import { plain, renderSvg } from "./svg.ts";

export type ChartOptions = {
  readonly title: string;
  readonly x?: string;
  readonly y?: string;
  readonly width?: number;
  readonly height?: number;
};

export type Curve = {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
};

/** One line for each curve, told apart by colour. `log` is for the scale of y, `years` for what x counts. */
export const drawCurves = async (
  curves: readonly Curve[],
  {
    title,
    x = "x",
    y = "y",
    width = 480,
    height = 240,
    log = false,
    years = false,
  }: ChartOptions & {
    readonly log?: boolean;
    readonly years?: boolean;
  },
): Promise<string> => {
  const values = curves.flatMap((curve) =>
    Array.from(curve.x, (at, i) => ({ x: at, y: curve.y[i]!, name: curve.name })),
  );
  return renderSvg({
    ...plain,
    title,
    width,
    height,
    data: { values },
    mark: { type: "line", strokeWidth: 1.5 },
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: x,
        axis: years ? { format: "d", tickMinStep: 1 } : {},
      },
      y: {
        field: "y",
        type: "quantitative",
        title: y,
        scale: log ? { type: "log" } : { zero: false },
      },
      color: {
        field: "name",
        type: "nominal",
        title: null,
        scale: { domain: curves.map(({ name }) => name) },
        legend: curves.length > 1 ? { labelLimit: 240 } : null,
      },
    },
  });
};

/** Points of the plane, `[N, 2]`, coloured by the name of their class. */
export const drawPoints = async (
  points: ArrayLike<number>,
  classes: readonly string[],
  { title, x = "x", y = "y", width = 420, height = 420 }: ChartOptions,
): Promise<string> =>
  renderSvg({
    ...plain,
    title,
    width,
    height,
    data: {
      values: classes.map((name, i) => ({ x: points[2 * i]!, y: points[2 * i + 1]!, name })),
    },
    mark: { type: "circle", size: 14, opacity: 0.6 },
    encoding: {
      x: { field: "x", type: "quantitative", title: x },
      y: { field: "y", type: "quantitative", title: y },
      color: { field: "name", type: "nominal", title: null, scale: { scheme: "category10" } },
    },
  });

/** A matrix as coloured cells, `values[row * columns.length + column]`; labels need not differ. */
export const drawHeatMap = async (
  values: ArrayLike<number>,
  rows: readonly string[],
  columns: readonly string[],
  { title, x = "", y = "", width = 16 * columns.length, height = 16 * rows.length }: ChartOptions,
): Promise<string> => {
  const labels = (names: readonly string[]): string => `${JSON.stringify(names)}[datum.value]`;
  const axis = (names: readonly string[], text: string) => ({
    type: "ordinal" as const,
    title: text === "" ? null : text,
    axis: { labelExpr: labels(names), labelAngle: 0, labelFontSize: 10 },
  });
  return renderSvg({
    ...plain,
    title,
    width,
    height,
    data: {
      values: Array.from(values, (value, i) => ({
        row: Math.floor(i / columns.length),
        column: i % columns.length,
        value,
      })),
    },
    mark: { type: "rect" },
    encoding: {
      x: { field: "column", ...axis(columns, x) },
      y: { field: "row", ...axis(rows, y) },
      color: { field: "value", type: "quantitative", title: null, scale: { scheme: "blues" } },
    },
  });
};
