// Fashion-MNIST from the Debian package: the bar after three epochs, and what is said where the package is absent.

import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { runDlm } from "../cli/run-dlm.ts";
import { trainExample } from "./train-example.ts";

const folder = "/usr/share/datasets/fashion-mnist";
const present = existsSync(folder);
const files = (part: string, base: string): readonly string[] => [
  `x=${base}/${part}-images-idx3-ubyte.gz`,
  `label=${base}/${part}-labels-idx1-ubyte.gz`,
];

test.skipIf(!present)(
  "784-128-10 reaches 0.86 after three epochs (needs the Debian package dataset-fashion-mnist)",
  { timeout: 600_000 },
  async () => {
    const { test: measured } = await trainExample([
      "examples/fashion-mnist/mlp.dlm",
      ...["--data", ...files("train", folder)],
      ...["--test", ...files("t10k", folder)],
    ]);
    console.log(`fashion-mnist: test accuracy ${measured["accuracy"]!.toFixed(4)}`);
    expect(measured["accuracy"]).toBeGreaterThanOrEqual(0.86);
  },
);

test("a file of the package that is not there: the command names the package", async () => {
  const absent = ["x", "label"].map((field) => `${field}=${folder}/absent-${field}.gz`);
  const args = ["train", "examples/fashion-mnist/mlp.dlm", "--data", ...absent];
  const { code, err } = await runDlm(args);
  expect(code).toBe(2);
  expect(err).toContain(`there is no file ${folder}/absent-x.gz`);
  expect(err).toContain("apt-get install --no-install-recommends dataset-fashion-mnist");
});
