// The test of a range of seeds; files share the ranges, so that they run side by side.

import { expect, test } from "vitest";
import { failuresOf } from "./report.ts";

export const testSeeds = (what: string, first: number, count: number): void =>
  test(`${count} programs of ${what} agree everywhere`, { timeout: 900_000 }, async () => {
    expect(await failuresOf(first, count), `seeds from ${first}`).toEqual([]);
  });
