// Points, the true curve and what a network learned into one SVG picture.

import type { TopLevelSpec } from "vega-lite";
import { plain, renderSvg } from "../draw/svg.ts";
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
    ...plain,
    title,
    width: 640,
    height: 320,
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

/** `learned[i]` is the network's value at `grid[i]`. */
export const plot = async (
  points: Points,
  grid: Float32Array,
  learned: Float32Array,
  title: string,
): Promise<string> => renderSvg(describe(points, grid, learned, title));
