// The small examples: iris, and the curve with its picture.

import { describe, expect, test } from "vitest";
import { fitCurve, noise } from "../../examples/function-fit/fit-curve.ts";
import { plot } from "../../examples/function-fit/plot.ts";
import { meanAccuracy } from "./train-example.ts";

test("iris: 0.93 or better as a mean over five draws of the test flowers", async () => {
  const accuracy = await meanAccuracy([
    ...["examples/iris/iris.dlm", "--data", "examples/iris/iris.csv"],
    ...["--holdout", "20%", "--normalize", "standard"],
  ]);
  console.log(`iris: mean test accuracy ${accuracy.toFixed(4)}`);
  expect(accuracy).toBeGreaterThanOrEqual(0.93);
});

describe("function-fit", () => {
  test("comes within a quarter of the noise of the true curve", async () => {
    const { distance, metrics } = await fitCurve();
    expect(distance).toBeLessThan(noise / 4);
    expect(metrics.rmse).toBeGreaterThan(0.09);
    expect(metrics.rmse).toBeLessThan(0.11);
  });

  test("the picture shows every point and both lines", async () => {
    const { points, grid, learned } = await fitCurve({ epochs: 1 });
    const svg = await plot(points, grid, learned, "A title");
    expect(svg).toMatch(/^<svg [^>]*width="\d+" height="\d+"/);
    const marks = (kind: string): string => svg.split(`class="mark-${kind} role-mark`)[1] ?? "";
    expect(
      marks("symbol")
        .split("</g>")[0]!
        .match(/<path /g),
    ).toHaveLength(1024);
    expect(svg.match(/class="mark-line role-mark/g)).toHaveLength(2);
    for (const text of ["A title", "true curve", "learned"]) expect(svg).toContain(`>${text}<`);
  });
});
