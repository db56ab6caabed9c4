// Products that are too large for the interpreter, on one thread and on several.

import { expect, test } from "vitest";
import { differenceIn, largeProducts } from "./large-products.ts";

test.each(largeProducts)("$what", async (one) => {
  expect(await differenceIn(one, [1, 2, 3])).toBeNull();
});
