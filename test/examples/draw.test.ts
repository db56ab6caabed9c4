// The pictures of the examples: grids of images, curves, points, heat maps.

import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { drawCurves, drawHeatMap, drawPoints } from "../../examples/draw/charts.ts";
import { drawImageGrid } from "../../examples/draw/image-grid.ts";

describe("drawImageGrid", () => {
  /** The grey value at a pixel. */
  const at = (png: PNG, x: number, y: number): number => png.data[4 * (y * png.width + x)]!;

  test("puts images in rows, each pixel where it belongs", () => {
    // Three images of 2 x 3; -1 and 2 are cut to black and white.
    const values = [0, 1, 0, 0, 0, 0.5, -1, 0, 0, 2, 0, 0, 1, 1, 1, 1, 1, 0];
    const bytes = drawImageGrid({ values, height: 2, width: 3 }, { columns: 2, scale: 1, gap: 1 });
    const png = PNG.sync.read(Buffer.from(bytes));
    expect([png.width, png.height]).toEqual([9, 7]);
    expect([at(png, 1, 1), at(png, 2, 1), at(png, 3, 2)]).toEqual([0, 255, 128]);
    expect([at(png, 5, 1), at(png, 5, 2)]).toEqual([0, 255]);
    expect([at(png, 1, 4), at(png, 3, 5)]).toEqual([255, 0]);
    // Between images, and where there is none.
    expect([at(png, 0, 0), at(png, 6, 5)]).toEqual([0x60, 0x60]);
  });

  test("enlarges, and is no wider than its images", () => {
    const bytes = drawImageGrid({ values: [1], height: 1, width: 1 }, { columns: 8, scale: 3 });
    const png = PNG.sync.read(Buffer.from(bytes));
    expect([png.width, png.height, at(png, 4, 4), at(png, 5, 5)]).toEqual([7, 7, 255, 0x60]);
  });

  test("refuses what are no images", () => {
    const draw = (): unknown =>
      drawImageGrid({ values: [1, 2, 3], height: 2, width: 1 }, { columns: 1 });
    expect(draw).toThrow("3 values are no images of 2 x 1");
  });
});

test("drawCurves: one line each, named", async () => {
  const curves = [
    { name: "critic", x: [1, 2, 3], y: [3, 2, 1] },
    { name: "generator", x: [1, 2, 3], y: [1, 2, 4] },
  ];
  const svg = await drawCurves(curves, { title: "Losses", y: "loss" });
  expect(svg).toMatch(/^<svg /);
  expect(svg.match(/class="mark-line role-mark/g)).toHaveLength(2);
  for (const text of ["Losses", "critic", "generator", "loss"]) expect(svg).toContain(`>${text}<`);
});

test("drawPoints: one mark per point", async () => {
  const svg = await drawPoints([0, 0, 1, 2, 3, 4], ["a", "b", "a"], { title: "Plane" });
  const marks = svg.split('class="mark-symbol role-mark')[1]!.split("</g>")[0]!;
  expect(marks.match(/<path /g)).toHaveLength(3);
});

test("drawHeatMap: one cell per number, labels may repeat", async () => {
  const svg = await drawHeatMap([0, 1, 2, 3, 4, 5], ["q", "q"], ["t", "h", "e"], { title: "Seen" });
  const marks = svg.split('class="mark-rect role-mark')[1]!.split("</g>")[0]!;
  expect(marks.match(/<path /g)).toHaveLength(6);
  for (const text of ["q", "t", "h", "e"]) expect(svg).toContain(`>${text}<`);
});
