// Slabs: what a launch reads and what it writes lie in different buffers of a device, at little more memory.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { webgpu } from "../../compiler/costs/webgpu.ts";
import { sizesToPlanWith } from "../../compiler/ir/estimate.ts";
import { chooseSlabs } from "../../compiler/lower/choose-slabs.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { layOut } from "../../compiler/lower/plan.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { compile } from "../../compiler/pipeline.ts";
import { layoutApart } from "../../runtime/apart.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

/** Slots that a launch reads in the slab that it writes: not what it writes itself. */
const mixedIn = ({ kernels }: Plan, { dispatches, memory }: EntryPlan): number =>
  dispatches.reduce((count, { kernel, args }) => {
    const { params, results } = kernels[kernel]!.kernel;
    const slots = args.map((arg) => (arg.kind === "slot" ? arg.slot : null));
    const written = new Set(slots.slice(params.length, params.length + results.length));
    const slabs = new Set([...written].flatMap((s) => (s === null ? [] : [memory.slabOf[s]])));
    const mixed = slots
      .slice(0, params.length)
      .filter((s) => s !== null && !written.has(s) && slabs.has(memory.slabOf[s]));
    return count + mixed.length;
  }, 0);

const files = readdirSync(examples, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".dlm"))
  .toSorted();

test.each(files)("launches of %s read and write different slabs", (path) => {
  const { modules } = compile({
    entry: `${examples}${path}`,
    read: (file) => readFileSync(file, "utf8"),
    steps: false,
  });
  for (const module of modules) {
    const plan = lower(module, { target: webgpu });
    const whole = lower(module, { target: { ...webgpu, slabs: 1 } });
    plan.entries.forEach((entry, k) => {
      expect(mixedIn(plan, entry), entry.entry.name).toBe(0);
      const sizes = sizesToPlanWith(entry.entry.graph.sizes);
      const [apart, together] = [layOut(entry, sizes), layOut(whole.entries[k]!, sizes)];
      const arena = (end: number): number => end - entry.base;
      // Of two or three values alive at once each may need a slab of its own.
      expect(arena(apart.end), entry.entry.name).toBeLessThanOrEqual(2 * arena(together.end) + 64);
    });
  }
});

test("a slot goes into the first slab without what it must be apart from, else where that is least", () => {
  expect(
    chooseSlabs(
      4,
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      4,
    ),
  ).toEqual([0, 1, 0, 1]);
  expect(
    chooseSlabs(
      3,
      [
        [0, 1],
        [1, 2],
        [0, 2],
      ],
      4,
    ),
  ).toEqual([0, 1, 2]);
  expect(
    chooseSlabs(
      3,
      [
        [0, 1],
        [1, 2],
        [0, 2],
      ],
      2,
    ),
  ).toEqual([0, 1, 0]);
  expect(chooseSlabs(2, [[1, 1]], 2)).toEqual([0, 0]);
});

test("slots with memory of their own come behind their slab", () => {
  const layout = { offsets: [128, 192, 256, 128], end: 320, slabs: [128, 256] };
  const own = [
    { slot: 0, count: 5 },
    { slot: 2, count: 70 },
  ];
  expect(layoutApart(layout, own)).toEqual({
    offsets: [256, 192, 384, 128],
    end: 512,
    slabs: [128, 320],
  });
  // What is stored stays where it is.
  expect(layoutApart({ offsets: [16, 32], end: 48 }, [{ slot: 0, count: 16 }])).toEqual({
    offsets: [48, 32],
    end: 112,
    slabs: [0],
  });
});
