// The small GPT in its small form: what it has learned of Genesis in 60 updates.

import { expect, test } from "vitest";
import { run } from "../../examples/gpt/run.ts";
import { runSmall } from "./run-small.ts";

test("tells characters better than how often each stands", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("gpt, small form:", JSON.stringify(figures));
  // The frequencies alone take 4.37 bits.
  expect(figures["bits"]).toBeLessThan(3.85);
  expect(pictures).toEqual({ "loss.svg": 1 });
});
