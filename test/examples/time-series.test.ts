// The forecast in its small form: 150 updates beat the value of last year.

import { expect, test } from "vitest";
import { run } from "../../examples/time-series/run.ts";
import { runSmall } from "./run-small.ts";

test("forecasts better than the last week and the last year", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("time-series, small form:", JSON.stringify(figures));
  expect(figures["last_value"]).toBeCloseTo(3.2131, 3);
  expect(figures["last_year"]).toBeCloseTo(1.7765, 3);
  expect(figures["last_year_and_growth"]).toBeCloseTo(0.849, 3);
  expect(figures["rmse"]).toBeLessThan(1.2);
  expect(pictures).toEqual({ "forecast.svg": 4 });
});
