// Twice the depth is twice the work for the compiler, function by function.

import { expect, test } from "vitest";
import { createWorkCounter } from "./count-work.ts";
import type { Work } from "./count-work.ts";

/** Work of n log n grows by 2.5 from the first doubling to the second, of n by 2, of n² by 4. */
const mostGrowth = 3;
/** Fewer calls than this in a doubling do not tell one from the other. */
const fewestCalls = 1000;

test("no function of the compiler does more than its share in a deeper network", async () => {
  const counter = await createWorkCounter("/compiler/");
  const { planOf, textOf } = await import("./stacked-plan.ts");
  const works: Work[] = [];
  for (const depth of [4, 8, 16]) works.push(await counter.count(() => textOf(planOf(depth))));
  counter.stop();
  const [small, middle, large] = works as [Work, Work, Work];
  const busy = [...large].flatMap(([name, count]) => {
    const before = middle.get(name) ?? 0;
    const added = count - before;
    const addedFirst = Math.max(1, before - (small.get(name) ?? 0));
    return added < fewestCalls ? [] : [{ name, growth: added / addedFirst }];
  });
  expect(busy.length).toBeGreaterThan(300);
  expect(busy.filter(({ growth }) => growth > mostGrowth)).toEqual([]);
}, 120_000);
