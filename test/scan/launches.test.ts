// What a time step of a recurrent net launches in training: what it computes, and no copies of what it carries.

import { expect, test } from "vitest";
import { createPrelude } from "../../compiler/frontend/index.ts";
import { append } from "../../compiler/ir/list-map.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { Dispatch, Loop, Plan } from "../../compiler/lower/plan.ts";
import { compile } from "../../compiler/pipeline.ts";

const prelude = createPrelude();

const planOf = (net: string): Plan => {
  const source = `
model Net(x: [B, T, 8]) -> [B, T, 8] {
  return ${net}
}
train Fit {
  data x: [4, 6, 8], y: [4, 6, 8]
  let net = Net()
  minimize mean((net(x) - y)^2) using Sgd(lr = 0.1)
}`;
  const { modules, diagnostics } = compile({ entry: "a.dlm", read: () => source, prelude });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return lower(modules.at(-1)!);
};

/** Launches of a step of each loop, in the order of the loops. */
const launchesOf = ({ kernels, entries }: Plan): readonly (readonly string[])[] => {
  const { dispatches } = entries.find(({ entry }) => entry.name === "step")!;
  const inner = dispatches.filter(({ loops }) => loops.length > 0);
  const nameOf = ({ kernel }: Dispatch): string => kernels[kernel]!.kernel.name;
  const byLoop = new Map<Loop, string[]>();
  for (const dispatch of inner) append(byLoop, dispatch.loops[0]!, nameOf(dispatch));
  return [...byLoop.values()];
};

/** A product of each gate's weights with the state forward, its gradient back; what is left is elementwise. */
const nets: readonly (readonly [string, readonly number[]])[] = [
  ["x -> scan T { SimpleRnn(8) }", [1, 2]],
  ["x -> scan T reverse { SimpleRnn(8) }", [1, 2]],
  ["x -> scan T { Gru(8) }", [2, 2]],
  ["x -> scan T { Lstm(8) }", [2, 2]],
  ["x -> scan T { Lstm(8) -> Dense(8) -> Gru(8) }", [6, 6]],
];

test.each(nets)("%s", (net, counts) => {
  const launches = launchesOf(planOf(net));
  expect(launches.map((list) => list.length)).toEqual(counts);
  expect(launches.flat()).not.toContain("copy");
});

test("states that are asked for at every step lie in one buffer with the first", () => {
  const { slots } = planOf("x -> scan T { Gru(8) }").entries.find((e) => e.entry.name === "step")!;
  const states = slots.filter(({ shape }) => shape.slice(1).join() === "4,8");
  expect(states.map(({ shape }) => shape[0])).toContain(7);
});
