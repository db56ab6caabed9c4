// The character LSTM in its small form: what it has learned of Genesis in 60 updates.

import { expect, test } from "vitest";
import { run } from "../../examples/char-lstm/run.ts";

test("tells characters better than how often each stands", { timeout: 300_000 }, async () => {
  const { figures } = await run({ seed: 0, small: true, out: null });
  console.log("char-lstm, small form:", JSON.stringify(figures));
  // The frequencies alone take 4.37 bits.
  expect(figures["bits"]).toBeLessThan(3.7);
});
