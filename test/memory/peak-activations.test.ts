// One update of convolutional networks: the arena against what the gradient needs, counted by hand, and against PyTorch.

import { describe, expect, test } from "vitest";
import { lower } from "../../compiler/lower/lower.ts";
import { layOut } from "../../compiler/lower/plan.ts";
import type { EntryPlan } from "../../compiler/lower/plan.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { compile } from "../../compiler/pipeline.ts";
import { digits, padded, plain, withBatch } from "./cnns.ts";

/** Sets of buffers that are there together, in numbers of f32 or i32, whatever the order of what runs. */
type Stages = Readonly<Record<string, readonly number[]>>;

type Case = {
  readonly text: string;
  readonly recipe: string;
  readonly largest: (batch: number) => number;
  readonly stages: (batch: number) => Stages;
  /** `/usr/bin/python3 test/memory/pytorch-peak.py` with PyTorch 1.13, by batch. */
  readonly pytorch: Readonly<Record<number, number>>;
};

/**
 * image -> a1 (26x26x32) -> a2 (24x24x64) -> p (12x12x64) -> logits. Kept from forward to backward: the image and a1, which
 * the gradients of the kernels multiply (a1 is the mask of its relu too), a2 for the mask of its relu and for the places
 * of the maxima, and p, which the gradient of the dense weights multiplies.
 */
const ofPlain = (B: number): Stages => {
  const [image, a1, a2, p] = [B * 28 * 28, B * 26 * 26 * 32, B * 24 * 24 * 64, B * 12 * 12 * 64];
  return {
    kept: [image, a1, a2, p],
    "gradient of p": [image, a1, a2, p, p],
    "places of the maxima": [image, a1, a2, p, p],
    // The gradient of a2 lies over a2. It is there until a1's is complete, and a1 is the mask for that.
    "gradient of a1": [image, a1, a2, a1],
  };
};

/** image -> a1 (28x28x16) -> a2 (28x28x32) -> p (14x14x32) -> a3 (7x7x32) -> logits; kept as above, and a3. */
const ofPadded = (B: number): Stages => {
  const [image, a1, a2] = [B * 28 * 28, B * 28 * 28 * 16, B * 28 * 28 * 32];
  const [p, a3] = [B * 14 * 14 * 32, B * 7 * 7 * 32];
  return {
    kept: [image, a1, a2, p, a3],
    "gradient of p": [image, a1, a2, p, a3, p],
    "places of the maxima": [image, a1, a2, p, p],
    "gradient of a1": [image, a1, a2, a1],
  };
};

/**
 * image -> c1 -> r1 (8x8x12) -> c2 -> r2 -> c3 -> s (4x4x24), p (2x2x24), d (p after dropout) -> logits. c1, c2, c3 are
 * what is normalised, r1 and r2 what comes out of relu, s the sum with the shortcut. Each norm's gradient needs what it
 * normalised; r1, r2 and d are multiplied for gradients of weights; s has the mask of relu and the places of the maxima;
 * dropout keeps its draws. Gradients of weights wait until all of them are updated, those of the second convolution of
 * the block (W) also until the gradient of r2 has read the old weights.
 */
const ofDigits = (B: number): Stages => {
  const [image, big, small, p] = [B * 8 * 8, B * 8 * 8 * 12, B * 4 * 4 * 24, B * 2 * 2 * 24];
  const [c1, r1, c2, r2, c3, s] = [big, big, small, small, small, small];
  const upTo2 = [image, c1, r1, c2, r2];
  const shortcut = B * 4 * 4 * 12;
  const W = 3 * 3 * 24 * 24;
  return {
    kept: [...upTo2, c3, s, p, p],
    "gradient of d": [...upTo2, c3, s, p, p, p],
    "places of the maxima": [...upTo2, c3, s, p, p],
    "gradient of r2": [...upTo2, c3, r2, shortcut, W],
    "gradient of r1": [image, c1, r1, c2, r1, shortcut],
  };
};

const cases: Readonly<Record<string, Case>> = {
  plain: {
    text: plain,
    recipe: "PlainTrainer",
    largest: (B) => B * 24 * 24 * 64,
    stages: ofPlain,
    pytorch: { 32: 17_293_360, 7: 4_070_960 },
  },
  padded: {
    text: padded,
    recipe: "PaddedTrainer",
    largest: (B) => B * 28 * 28 * 32,
    stages: ofPadded,
    pytorch: { 32: 11_339_184, 7: 2_558_384 },
  },
  "digits/cnn.dlm": {
    text: digits,
    recipe: "DigitsCnnTrainer",
    largest: (B) => B * 8 * 8 * 12,
    stages: ofDigits,
    pytorch: { 32: 595_536, 7: 155_184 },
  },
};

const stepOf = (text: string, recipe: string): EntryPlan => {
  const { modules } = compile({ entry: "a.dlm", read: () => text, steps: false });
  const plan = lower(modules.find(({ name }) => name === recipe)!);
  return plan.entries.find(({ entry }) => entry.name === "step")!;
};

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

describe.each(Object.entries(cases))("one update of %s", (_, { text, recipe, ...known }) => {
  // All of a batch, and a number that nothing divides.
  test.each([32, 7])("of %d examples", (batch) => {
    const step = stepOf(withBatch(text, batch), recipe);
    const sizes = new Map([["B", batch]]);
    const peak = 4 * (layOut(step, sizes).end - step.base);
    const stages = Object.entries(known.stages(batch)).map(([what, list]) => ({
      what,
      bytes: 4 * sum(list),
    }));
    const most = stages.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    console.log(
      `${recipe}, batch ${batch}: ${peak} bytes; ${most.bytes} for the ${most.what}, ` +
        `${stages[0]!.bytes} kept; PyTorch ${known.pytorch[batch]}`,
    );
    expect(peak).toBeLessThanOrEqual(1.05 * most.bytes);
    expect(peak).toBeLessThan(known.pytorch[batch]!);
    const words = step.slots.map((slot) => evaluateDim(slot.words, sizes));
    expect(Math.max(...words)).toBeLessThanOrEqual(known.largest(batch));
  });
});
