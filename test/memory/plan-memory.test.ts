// Memory plans: slots that are alive together never share a word, except where one takes the other over.

import { expect, test } from "vitest";
import { symbol } from "../../compiler/ir/dim.ts";
import { evaluateDim, mul } from "../../compiler/ir/dim.ts";
import type { Dim } from "../../compiler/ir/dim.ts";
import { compile } from "../../compiler/pipeline.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { typescript } from "../../compiler/costs/typescript.ts";
import { alignUp, layOut, peakBytes } from "../../compiler/lower/plan.ts";
import type { EntryPlan, Plan } from "../../compiler/lower/plan.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import type { Entry } from "../../compiler/ir/module.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { expectSame } from "../backends/run-entry.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";

type Slot = { readonly words: Dim; readonly first: number; readonly last: number };

const randomSlots = (seed: number, symbolic: boolean, count = 30): readonly Slot[] => {
  const next = createStream(seed);
  const below = (n: number): number => Math.floor(next() * n);
  return Array.from({ length: count }, () => {
    const first = below(20);
    const words = 1 + below(200);
    return {
      words: symbolic && below(2) === 0 ? mul(words, symbol("B")) : words,
      first,
      last: first + below(6),
    };
  });
};

const placesOf = (
  slots: readonly Slot[],
  memory: ReturnType<typeof planMemory>,
  B: number,
): readonly { readonly start: number; readonly end: number }[] => {
  const env = new Map([["B", B]]);
  const plan = { base: 100, target: typescript, slots, memory } as unknown as EntryPlan;
  const { offsets } = layOut(plan, env);
  return slots.map((s, k) => ({
    start: offsets[k]!,
    end: offsets[k]! + evaluateDim(s.words, env),
  }));
};

const expectDisjoint = (
  slots: readonly Slot[],
  places: readonly { readonly start: number; readonly end: number }[],
  shared: (a: number, b: number) => boolean = () => false,
): number => {
  let compared = 0;
  for (let a = 0; a < slots.length; a++)
    for (let b = 0; b < a; b++) {
      const together = slots[a]!.first <= slots[b]!.last && slots[b]!.first <= slots[a]!.last;
      if (!together || shared(a, b)) continue;
      compared++;
      const apart = places[a]!.end <= places[b]!.start || places[b]!.end <= places[a]!.start;
      expect(apart, `slots ${a} and ${b}`).toBe(true);
    }
  return compared;
};

/** Each into the smallest gap among all that are alive with it, the largest first: looks at every pair. */
const placedOneByOne = (slots: readonly Slot[], base: number): readonly number[] => {
  const offsets: number[] = [];
  const order = slots.map((slot, k) => ({ slot, k, words: Number(slot.words) }));
  for (const { slot, k, words } of order.toSorted(
    (a, b) => b.words - a.words || a.slot.first - b.slot.first,
  )) {
    const taken = slots
      .map((other, j) => ({ other, start: offsets[j] ?? -1 }))
      .filter(
        ({ other, start }) => start >= 0 && other.first <= slot.last && slot.first <= other.last,
      )
      .map(({ other, start }) => ({ start, end: start + alignUp(Number(other.words), 16) }))
      .toSorted((a, b) => a.start - b.start);
    const gaps: { readonly start: number; readonly room: number }[] = [];
    let free = base;
    for (const { start, end } of taken) {
      if (start - free >= alignUp(words, 16)) gaps.push({ start: free, room: start - free });
      free = Math.max(free, end);
    }
    offsets[k] = gaps.toSorted((a, b) => a.room - b.room)[0]?.start ?? free;
  }
  return offsets;
};

test("gaps among ranges that were joined are those among all slots", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const slots = randomSlots(seed, false, 120);
    const memory = planMemory(
      slots,
      slots.map(() => null),
      [],
      100,
      16,
    );
    expect(memory.kind === "fixed" && memory.offsets).toEqual(
      placedOneByOne(slots, alignUp(100, 16)),
    );
  }
});

/** Into the smallest free region with room, or into the largest; those of one size stand in order of their numbers. */
const regionsOneByOne = (slots: readonly Slot[]): readonly number[] => {
  const open: { words: number; last: number }[] = [];
  const regionOf: number[] = [];
  const order = slots.map((slot, k) => ({ slot, k, words: Number(slot.words) }));
  for (const { slot, k, words } of order.toSorted(
    (a, b) => a.slot.first - b.slot.first || b.words - a.words,
  )) {
    const free = open
      .map((region, n) => ({ region, n }))
      .filter(({ region }) => region.last < slot.first)
      .toSorted((a, b) => a.region.words - b.region.words);
    const n = (free.find(({ region }) => region.words >= words) ?? free.at(-1))?.n ?? open.length;
    open[n] = { words: Math.max(open[n]?.words ?? 0, words), last: slot.last };
    regionOf[k] = n;
  }
  return regionOf;
};

test("the free region that fits best is found among those by size", () => {
  for (let seed = 1; seed <= 50; seed++) {
    // Sizes in tens, so that several regions are of one.
    const slots = randomSlots(seed, false, 120).map((slot) => ({
      ...slot,
      words: 10 * Math.ceil(Number(slot.words) / 20),
    }));
    const memory = planMemory(
      slots,
      slots.map(() => null),
      [{ name: "B", max: null }],
      100,
      16,
    );
    expect(memory.kind === "regions" && memory.regionOf).toEqual(regionsOneByOne(slots));
  }
});

test("random lifetimes of known sizes share memory only when they do not meet", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const slots = randomSlots(seed, false);
    const memory = planMemory(
      slots,
      slots.map(() => null),
      [],
      100,
      16,
    );
    expect(memory.kind).toBe("fixed");
    expect(expectDisjoint(slots, placesOf(slots, memory, 1))).toBeGreaterThan(0);
    if (memory.kind !== "fixed") continue;
    const total = slots.reduce((sum, s) => sum + Number(s.words), 0);
    expect(memory.end).toBeLessThan(total);
  }
});

test("random lifetimes of symbolic sizes are disjoint at every size", () => {
  const sizes = [{ name: "B", max: null }];
  for (let seed = 1; seed <= 50; seed++) {
    const slots = randomSlots(seed, true);
    const memory = planMemory(
      slots,
      slots.map(() => null),
      sizes,
      100,
      16,
    );
    expect(memory.kind).toBe("regions");
    for (const B of [1, 7, 1000])
      expect(expectDisjoint(slots, placesOf(slots, memory, B))).toBeGreaterThan(0);
  }
});

test("offsets planned at the bound of a size serve every smaller one", () => {
  const sizes = [{ name: "B", max: 64 }];
  for (let seed = 1; seed <= 50; seed++) {
    const slots = randomSlots(seed, true);
    const memory = planMemory(
      slots,
      slots.map(() => null),
      sizes,
      100,
      16,
    );
    expect(memory.kind).toBe("fixed");
    for (const B of [1, 29, 64]) expectDisjoint(slots, placesOf(slots, memory, B));
  }
});

const source = `
model Net(x: [B, 12, 12, 3]) -> [B, 5] {
  return x -> Conv(8, 3) -> BatchNorm() -> relu -> max_pool(2) -> flatten -> Dense(17) -> tanh -> Dense(5)
}
train Fit {
  data x: [B, 12, 12, 3], label: int[B]
  batch: 32
  let net = Net()
  minimize mean(cross_entropy(net(x), label)) using Adam(lr = 1e-3)
}`;

const plans = (): readonly Plan[] =>
  compile({ entry: "a.dlm", read: (path) => (path === "a.dlm" ? source : null) }).modules.map(
    (module) => lower(module),
  );

test("a buffer that is larger for smaller batches has room for all of them", async () => {
  const text = `
    model Net(x: [B, 3]) -> [B, 3] {
      let y[i < 400 - 10 * B] = sin(sum[b](x[b, 0] * i))
      let z[i < 400 - 10 * B] = y[i] / (2 + max(y))
      return (x -> Dense(3)) * sum(z)
    }
    train Fit {
      data x: [B, 3], y: [B, 3]
      batch: 39
      let net = Net()
      minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
    }`;
  const module = compile({ entry: "a.dlm", read: () => text }).modules.at(-1)!;
  for (const B of [1, 20, 39]) {
    const next = createStream(B);
    const inputsOf = ({ graph }: Entry): readonly Tensor[] =>
      graph.inputs.map(({ type: { dtype, shape } }) => {
        const sizes = shape.map((dim) => evaluateDim(dim, new Map([["B", B]])));
        return drawTensor({ dtype, shape: sizes, range: [0.1, 0.2] }, next);
      });
    const plan = await expectSame(module, inputsOf, { B }, 1e-3);
    expect(plan.entries.find(({ entry }) => entry.name === "step")!.memory.kind).toBe("fixed");
  }
});

test("a training step needs no more than what is alive at once, and much less than without sharing", () => {
  const plan = plans().find((p) => p.module.train !== null)!;
  const step = plan.entries.find((e) => e.entry.name === "step")!;
  const env = new Map([["B", 32]]);
  const stored = 4 * step.base;
  const shared = peakBytes(step, env) - stored;
  const apart = 4 * layOut(step, env, true).end - stored;
  const alive = step.dispatches.map((_, position) =>
    step.slots
      .filter(({ first, last }) => first <= position && position <= last)
      .reduce((sum, { words }) => sum + 4 * alignUp(evaluateDim(words, env), 16), 0),
  );
  expect(shared).toBeLessThanOrEqual(Math.max(...alive));
  expect(shared).toBeLessThan(0.8 * apart);
});

test("a batch that is not whole needs no more than the whole one", () => {
  const plan = plans().find((p) => p.module.train !== null)!;
  for (const entry of plan.entries) {
    const at = (B: number): number => peakBytes(entry, new Map([["B", B]]));
    expect(at(29)).toBeLessThanOrEqual(at(32));
  }
});
