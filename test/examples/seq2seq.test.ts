// The dates: what is generated, and what the small form writes after 120 updates.

import { expect, test } from "vitest";
import { drawDates, sourceLength } from "../../examples/seq2seq/dates.ts";
import { run } from "../../examples/seq2seq/run.ts";
import { runSmall } from "./run-small.ts";

test("dates are different days, each with its own ISO form", () => {
  const pairs = drawDates(2000);
  expect(new Set(pairs.map(({ target }) => target)).size).toBe(2000);
  for (const { source, target } of pairs) {
    expect(new Date(`${target}T00:00:00Z`).toISOString().slice(0, 10)).toBe(target);
    expect(source).toContain(target.slice(0, 4));
    expect(source.length).toBeLessThanOrEqual(sourceLength);
  }
});

test("writes most letters of unseen dates", { timeout: 600_000 }, async () => {
  const { figures, pictures } = await runSmall(run);
  console.log("seq2seq, small form:", JSON.stringify(figures));
  // The commonest letter of each place gets 0.46 right.
  expect(figures["characters"]).toBeGreaterThan(0.75);
  expect(pictures).toEqual({ "attention.svg": 0 });
});
