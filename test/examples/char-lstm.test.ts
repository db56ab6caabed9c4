// The character LSTM in its small form: what it has learned of Genesis in 60 updates.

import { expect, test } from "vitest";
import { run } from "../../examples/char-lstm/run.ts";
import { runSmall } from "./run-small.ts";

test("tells characters better than how often each stands", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("char-lstm, small form:", JSON.stringify(figures));
  // The frequencies alone take 4.37 bits.
  expect(figures["bits"]).toBeLessThan(3.7);
  expect(pictures).toEqual({ "loss.svg": 1 });
});
