// The mixture of experts in its small form: 45 updates of it, and of one part of the same cost.

import { expect, test } from "vitest";
import { run } from "../../examples/moe/run.ts";
import { runSmall } from "./run-small.ts";

test("both tell characters better than letter counts do", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("moe, small form:", JSON.stringify(figures));
  // The frequencies alone take 4.37 bits.
  expect(figures["bits"]).toBeLessThan(3.9);
  expect(figures["bits_dense"]).toBeLessThan(3.9);
  expect(pictures).toEqual({ "experts.svg": 0, "loss.svg": 2 });
});
