// Programs that once were refused or went wrong though they are right: they run and train as the interpreter does.

import { expect, test } from "vitest";
import { tensor } from "../../compiler/kernel/tensor.ts";
import { compile } from "../../compiler/pipeline.ts";
import { expectSame } from "../backends/run-entry.ts";
import { compileProgram } from "../goldens/compile.ts";
import { createStream, drawTensor } from "../ops/draw-sample.ts";
import { trainingApart } from "./twin.ts";
import type { Data } from "./twin.ts";

type Found = {
  readonly what: string;
  /** The body of `Net(x: [B, T, 2])`, and its result. */
  readonly body: string;
  readonly result: string;
};

const found: readonly Found[] = [
  {
    what: "a loss and a penalty that nothing else reads are known before a weight is overwritten",
    body: "param gain: float = 0.75\n  return gain * x",
    result: "[B, T, 2]",
  },
  {
    what: "a loop whose backward steps have nothing left to do",
    body: "return x -> scan T { Dense(3) }",
    result: "[B, T, 3]",
  },
];

const batchOf = (execution: number): Data => {
  const next = createStream(7 + execution);
  const values = Array.from({ length: 30 }, () => Math.fround(2 * next() - 1));
  return new Map([["x", tensor("f32", [3, 5, 2], values)]]);
};

test.each(found)("$what", async ({ body, result }) => {
  const text = `model Net(x: [B, T, 2]) -> ${result} {
  ${body}
}
train Fit {
  data x: [B, T, 2]
  let net = Net()
  minimize mean(sin(net(x))) using Sgd(lr = 0.1, momentum = 0.9)
}`;
  const apart = await trainingApart(compileProgram(text, "Fit"), batchOf, 3);
  expect(apart.size).toBeGreaterThan(3);
  expect([...apart].filter(([, by]) => !(by < 1e-4))).toEqual([]);
});

test("a value that another kernel of its loop reads through an axis of size 1", async () => {
  const text = `model Net(x: [1, 5]) -> (y: [1, 5], d: [1, 5]) {
  let a[i, c] = sum[j](softmax[j](sum[d](x[i, d] * x[j, d])) * x[j, c])
  let y = roll(softsign(a), 2, 0)
  return y, grad(sum(sin(y)), x)
}`;
  const { modules } = compile({ entry: "a.dlm", read: () => text });
  await expectSame(modules[0]!, [drawTensor({ shape: [1, 5] }, createStream(3))]);
});
