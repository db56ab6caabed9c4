// Measured runs into the table that examples/measure.ts prints and puts into a README.

import { expect, test } from "vitest";
import { tableOf, withTable } from "../../examples/results.ts";

const runs = (...losses: readonly number[]) =>
  losses.map((loss, seed) => ({ seed, seconds: 10 + seed, figures: { loss } }));

test("a row for each side, their means and the ratio", () => {
  const table = tableOf({ dlm: runs(2, 4), twin: runs(2, 2) });
  expect(table.replace(/ +/g, " ")).toBe(
    [
      "loss",
      " dlm 2.0000 4.0000 mean 3.0000",
      " PyTorch 2.0000 2.0000 mean 2.0000",
      " ratio 1.5000",
      "seconds: dlm 10, 11; PyTorch 10, 11",
    ].join("\n"),
  );
});

test("one side alone has no ratio", () => {
  expect(tableOf({ dlm: runs(1), twin: [] })).not.toContain("ratio");
  expect(tableOf({ dlm: [], twin: [] })).toBe("seconds: dlm -; PyTorch -");
});

test("the table goes into its place in a README, and nowhere else", () => {
  const readme =
    "```text\nkept\n```\n<!-- results -->\n\n```text\nold\nold\n```\n\n```text\nkept\n```\n";
  expect(withTable(readme, "$1 new")).toBe(readme.replace("old\nold", () => "$1 new"));
  expect(withTable("# No place\n", "new")).toBe("# No place\n");
});
