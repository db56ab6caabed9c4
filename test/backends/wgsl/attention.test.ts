// Attention in blocks of rows and columns, on SwiftShader, against the interpreter.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attentionOf } from "../../../compiler/backends/wgsl/attention.ts";
import { passesOf } from "../../../compiler/backends/wgsl/attention-passes.ts";
import { planLaunches } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { webgpu } from "../../../compiler/costs/webgpu.ts";
import { rowsIn } from "../../../compiler/kernel/buffers.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { createRandom } from "../../ir/random.ts";
import { differencesOf, drawCase, drawSpecial, withValues } from "./against-interpreter.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { allHalves } from "./run-shader.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

/** A shader of this size takes seconds to compile, more beside other tests. */
const patient = { timeout: 300_000 };
const inBlocks = { inBlocks: (): boolean => true };

/** Those of attention: forward, for queries, for keys and values. */
const kernelsOf = (text: string): readonly Kernel[] => {
  const { modules } = compile({ entry: "a.dlm", read: () => text, steps: false });
  const { kernels } = lower(modules.at(-1)!, { target: webgpu, fewestScores: 1 });
  return kernels.map(({ kernel }) => kernel).filter(({ body }) => rowsIn(body).length > 0);
};

const gradients = (width: number, mask: string): string =>
  `model Net(q: [B, 2, T, ${width}], k: [B, 2, S, ${width}], v: [B, 2, S, ${width}], seen: int[B, S]) ->
  (y: [B, 2, T, ${width}], dq: [B, 2, T, ${width}], dk: [B, 2, S, ${width}], dv: [B, 2, S, ${width}]) {
  let y = attention(q, k, v, ${mask})
  let s = sum(sin(y))
  return y, grad(s, q), grad(s, k), grad(s, v)
}`;

const causal = (width: number): string =>
  gradients(width, "causal = true").replaceAll("S", "T").replace(", seen: int[B, T]", "");

const grouped = `model Net(x: [B, T, 24]) -> (y: [B, T, 24], dx: [B, T, 24]) {
  let y = x -> GroupedQueryAttention(4, 2)
  return y, grad(sum(sin(y)), x)
}`;

const dropout = `model Net(x: [B, T, 6]) -> [B, T, 6] {
  return x -> MultiHeadAttention(2, dropout = 0.2)
}
train Fit {
  data x: [B, T, 6], y: [B, T, 6]
  let net = Net()
  minimize mean((net(x) - y)^2) using Adam(lr = 0.01)
}`;

/** The maximum is -inf for as long as nothing is seen: a sum relative to it would be NaN. */
const unguarded = `model Net(q: [B, T, 3], k: [B, S, 3], v: [B, S, 3], seen: int[B, S]) -> [B, T, 3] {
  let s[b, t, u] = if seen[b, u] > 0 then sum[d](q[b, t, d] * k[b, u, d]) else -inf
  let e = exp(s - max(s, over = -1, keepdim = true))
  return (e / sum(e, over = -1, keepdim = true)) @ v
}`;

const sizes = (B: number, T: number, S = T): ReadonlyMap<string, number> =>
  new Map(Object.entries({ B, T, S }));

/** The one of a training step: it keeps numbers of its rows. */
const forwardIn = (kernels: readonly Kernel[]): number =>
  kernels.findIndex(({ results }) => results.some(({ name }) => name === "reduceMax"));

type Program = {
  readonly name: string;
  readonly text: string;
  /** Of forward, for queries, for keys and values: a shader takes seconds to compile. */
  readonly run: readonly number[];
  readonly lengths: readonly ReadonlyMap<string, number>[];
};

const programs: readonly Program[] = [
  {
    name: "causal",
    text: causal(3),
    run: [0, 1, 2],
    lengths: [sizes(2, 1), sizes(1, 5), sizes(2, 33), sizes(1, 70)],
  },
  {
    name: "causal, of 60 numbers",
    text: causal(60),
    run: [0],
    lengths: [sizes(1, 39)],
  },
  {
    name: "with padding",
    text: gradients(16, "reshape(seen > 0, [B, 1, 1, S])"),
    run: [0, 1],
    lengths: [sizes(3, 2, 1), sizes(2, 5, 33), sizes(1, 70, 37)],
  },
  {
    name: "with dropout",
    text: dropout,
    run: [forwardIn(kernelsOf(dropout))],
    lengths: [sizes(1, 39)],
  },
  { name: "of groups", text: grouped, run: [2], lengths: [sizes(2, 5), sizes(1, 39)] },
];

describe.skipIf(!hasSwiftShader)(`attention in blocks (${needsSwiftShader})`, () => {
  test.each(programs)("$name", patient, async ({ text, run, lengths }) => {
    const kernels = kernelsOf(text);
    for (const k of run) {
      const random = createRandom(3);
      const cases = lengths.map((one) => drawCase(kernels[k]!, one, random)!);
      const found = await differencesOf(opened!.device, cases, inBlocks);
      expect(found).toEqual({ found: [], unstable: [] });
    }
  });
});

describe.skipIf(!hasSwiftShader)(
  `a first block of nothing but padding (${needsSwiftShader})`,
  () => {
    test.each([
      ["softmax", gradients(16, "reshape(seen > 0, [B, 1, 1, S])"), sizes(1, 5, 45)],
      ["a maximum as it is", unguarded, sizes(1, 5, 45)],
    ])("%s", patient, async (_, text, lengths) => {
      const [kernel] = kernelsOf(text);
      const mask = kernel!.params.find(({ dtype }) => dtype !== "f32")!;
      const drawn = drawCase(kernel!, lengths, createRandom(7))!;
      const cases = [withValues(drawn, mask.name, (k) => (k < 36 ? 0 : 1))];
      const wanted = [...cases[0]!.wanted.values()].flatMap(({ data }) => Array.from(data));
      expect(wanted.filter(Number.isNaN)).toEqual([]);
      const found = await differencesOf(opened!.device, cases, inBlocks);
      expect(found).toEqual({ found: [], unstable: [] });
    });
  },
);

test.skipIf(!hasSwiftShader)("attention of halves in blocks", patient, async () => {
  const [kernel] = kernelsOf(causal(6));
  const one = drawCase(kernel!, sizes(2, 37), createRandom(11))!;
  const found = await differencesOf(opened!.device, [one], inBlocks, allHalves);
  expect(found).toEqual({ found: [], unstable: [] });
});

describe.skipIf(!hasSwiftShader)(`NaN and infinity in attention (${needsSwiftShader})`, () => {
  // Rows in blocks of four end where the last of them does, so their number is to be a multiple of that.
  const [forward, , back] = kernelsOf(causal(3).replaceAll("T", "36"));

  test.each([forward!, back!])("$name", patient, async (kernel) => {
    const random = createRandom(5);
    const cases = Array.from({ length: 4 }, () => drawSpecial(kernel, sizes(2, 36), random)!);
    const found = await differencesOf(opened!.device, cases, inBlocks);
    expect(found).toEqual({ found: [], unstable: [] });
  });
});

test.each(programs)("$name is computed in blocks", ({ text }) => {
  const kernels = kernelsOf(text);
  expect(kernels.length).toBeGreaterThanOrEqual(3);
  for (const kernel of kernels) {
    const { launches } = planLaunches(kernel, inBlocks);
    expect(launches.map(({ way }) => way.kind)).toEqual(["attention"]);
  }
});

test.each([
  ["causal", causal(3), 0, [["0.number", "1.number", "0.sum"]]],
  ["with dropout", dropout, forwardIn(kernelsOf(dropout)), [["0.number", "1.number", "0.sum"]]],
  ["of a maximum as it is", unguarded, 0, [["0.number"], ["1.number", "0.sum"]]],
  ["for queries", causal(3), 1, [["0.number"], ["0.sum"]]],
  ["for keys and values", causal(3), 2, [["0.sum", "1.sum"]]],
])("%s, what each pass makes", (_, text, k, made) => {
  const attention = attentionOf(kernelsOf(text)[k]!);
  if (typeof attention === "string") throw new Error(attention);
  const passes = passesOf(attention).map(({ running, numbers, sums }) =>
    [...(running === null ? [] : [running.number]), ...numbers, ...sums].map(({ name }) => name),
  );
  expect(passes).toEqual(made);
});
