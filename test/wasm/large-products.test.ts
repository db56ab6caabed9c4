// Products that are too large for the interpreter, on one thread and on several.

import { expect, test } from "vitest";
import { differenceIn, largeProducts } from "./large-products.ts";

test.each(largeProducts)("$what", async (one) => {
  for (const threads of [1, 2, 3]) expect(await differenceIn(one, threads)).toBeNull();
});
