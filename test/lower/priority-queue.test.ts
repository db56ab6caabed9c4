// What comes out of a queue is in order, whatever went in when.

import { expect, test } from "vitest";
import { createPriorityQueue } from "../../compiler/lower/priority-queue.ts";
import { createStream } from "../ops/draw-sample.ts";

test("pops come in order, pushes and pops mixed", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const next = createStream(seed);
    const queue = createPriorityQueue<number>((a, b) => a < b);
    const inside: number[] = [];
    for (let turn = 0; turn < 300; turn++) {
      const item = Math.floor(50 * next());
      if (next() < 0.6) {
        queue.push(item);
        inside.push(item);
        inside.sort((a, b) => a - b);
      } else expect(queue.pop()).toBe(inside.shift() ?? null);
    }
  }
});

test("popIf leaves what does not fit", () => {
  const queue = createPriorityQueue<number>((a, b) => a < b);
  expect(queue.popIf(() => true)).toBe(null);
  [5, 3, 4].forEach(queue.push);
  expect(queue.popIf((item) => item < 3)).toBe(null);
  expect(queue.popIf((item) => item < 4)).toBe(3);
  expect(queue.pop()).toBe(4);
});
