// Points, the true curve and what a network learned into one SVG picture.

import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";
import { curve } from "./data.ts";
import type { Points } from "./data.ts";

const describe = (
  points: Points,
  grid: Float32Array,
  learned: Float32Array,
  title: string,
): TopLevelSpec => {
  const lines = [...grid].flatMap((x, i) => [
    { x, y: curve(x), line: "true curve" },
    { x, y: learned[i]!, line: "learned" },
  ]);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    width: 640,
    height: 320,
    background: "white",
    config: { aria: false },
    layer: [
      {
        data: { values: [...points.x].map((x, i) => ({ x, y: points.y[i]! })) },
        mark: { type: "circle", size: 14, opacity: 0.35, color: "#8a8f98" },
        encoding: {
          x: { field: "x", type: "quantitative", title: "x" },
          y: { field: "y", type: "quantitative", title: "y" },
        },
      },
      {
        data: { values: lines },
        mark: { type: "line", strokeWidth: 2 },
        encoding: {
          x: { field: "x", type: "quantitative" },
          y: { field: "y", type: "quantitative" },
          color: {
            field: "line",
            type: "nominal",
            title: null,
            scale: { domain: ["true curve", "learned"], range: ["#2a78d6", "#e4572e"] },
          },
          strokeDash: {
            field: "line",
            type: "nominal",
            title: null,
            scale: {
              domain: ["true curve", "learned"],
              range: [
                [5, 4],
                [1, 0],
              ],
            },
          },
        },
      },
    ],
  };
};

/** Hundredths of a pixel are enough. */
const rounded = (svg: string): string =>
  svg.replace(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))));

/** `learned[i]` is the network's value at `grid[i]`. */
export const plot = async (
  points: Points,
  grid: Float32Array,
  learned: Float32Array,
  title: string,
): Promise<string> => {
  const { spec } = compile(describe(points, grid, learned, title));
  return rounded(await new View(parse(spec), { renderer: "none" }).toSVG());
};
