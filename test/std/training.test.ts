// What the library does only while training, and how weights start.

import { describe, expect, test } from "vitest";
import { filled, tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import type { Init } from "../../runtime/abi.ts";
import { compileProgram } from "../goldens/compile.ts";
import { entryOf, interpretEntry } from "../goldens/interpret-entry.ts";

/** The output of one training step of a layer on `x`, which a buffer carries out; `w` keeps the step learnable. */
const trainedOutput = (
  layer: string,
  shape: readonly number[],
  value: (i: number) => number,
): readonly number[] => {
  const type = `[${shape.join(", ")}]`;
  const module = compileProgram(
    `model Net(x: ${type}) -> ${type} {
  param w: [1] = 1
  buffer seen: ${type} = 0
  let y = x -> ${layer}
  next seen = y
  return w * y + 0 * seen
}

train Once {
  data x: ${type}
  let net = Net()
  minimize sum(net(x)) using Sgd()
}
`,
    "Once",
  );
  const stored = new Map<string, Tensor>(
    module.stored.map(({ path, type: { dtype, shape: sizes }, init }, k) => {
      const start = init.kind === "constant" ? init.value : 0;
      const drawn = filled(dtype, sizes.map(Number), start);
      // Anything not constant is drawn: here, numbers without a pattern.
      if (init.kind !== "constant")
        drawn.data.forEach((_, i) => (drawn.data[i] = Math.sin(7 * i + k)));
      return [path, drawn] as const;
    }),
  );
  const count = shape.reduce((a, b) => a * b, 1);
  const data = new Map([
    [
      "x",
      tensor(
        "f32",
        shape,
        Array.from({ length: count }, (_, i) => value(i)),
      ),
    ],
  ]);
  const entry = entryOf(module, module.train!.steps[0]!.entry);
  return [...interpretEntry(entry, { data, stored }).stores.get("net.seen")!.data];
};

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("while training", () => {
  test("Dropout keeps a share and scales it up", () => {
    const got = trainedOutput("Dropout(0.25)", [40, 50], () => 3);
    expect(new Set(got)).toEqual(new Set([0, 4]));
    expect(mean(got)).toBeCloseTo(3, 0);
    const kept = got.filter((value) => value !== 0).length / got.length;
    expect(Math.abs(kept - 0.75)).toBeLessThan(0.04);
  });

  test("SpatialDropout drops whole channels", () => {
    const got = trainedOutput("SpatialDropout(0.5)", [5, 3, 7], () => 1);
    const kept = new Set<number>();
    for (let b = 0; b < 5; b++) {
      for (let c = 0; c < 7; c++) {
        const channel = [0, 1, 2].map((s) => got[(b * 3 + s) * 7 + c]!);
        expect(new Set(channel).size).toBe(1);
        kept.add(channel[0]!);
      }
    }
    expect(kept).toEqual(new Set([0, 2]));
  });

  test("AlphaDropout keeps mean 0 and variance 1", () => {
    const normal = (i: number) => Math.sqrt(2) * Math.sin(0.37 * i * i);
    const got = trainedOutput("AlphaDropout(0.3)", [60, 70], normal);
    const centre = mean(got);
    expect(Math.abs(centre)).toBeLessThan(0.1);
    expect(mean(got.map((value) => (value - centre) ** 2))).toBeCloseTo(1, 0);
  });

  test("GaussianNoise adds noise of its deviation", () => {
    const got = trainedOutput("GaussianNoise(0.5)", [60, 70], () => 2);
    expect(Math.abs(mean(got) - 2)).toBeLessThan(0.04);
    expect(Math.sqrt(mean(got.map((value) => (value - 2) ** 2)))).toBeCloseTo(0.5, 1);
  });

  test("SpectralNorm makes the largest singular value 1", () => {
    // On the identity, the output is the weight itself.
    const got = trainedOutput("SpectralNorm(3, iters = 60, bias = false)", [3, 3], (i) =>
      i % 4 === 0 ? 1 : 0,
    );
    let v = [1, 0.3, -0.2];
    let size = 0;
    for (let round = 0; round < 200; round++) {
      const u = [0, 1, 2].map((r) => v.reduce((sum, x, c) => sum + got[r * 3 + c]! * x, 0));
      v = [0, 1, 2].map((c) => u.reduce((sum, x, r) => sum + got[r * 3 + c]! * x, 0));
      size = Math.hypot(...v);
      v = v.map((x) => x / size);
    }
    expect(Math.sqrt(size)).toBeCloseTo(1, 6);
  });
});

describe("initial weights", () => {
  const initOf = (distribution: string, shape = "[3, 5]"): Init =>
    compileProgram(`model M(x: [3]) {
  param W: ${shape} ~ ${distribution}
  return sum(W) * x
}
`).stored[0]!.init;
  const box = (a: number): Init => ({ kind: "uniform", lo: -a, hi: a });
  const bell = (std: number): Init => ({ kind: "normal", mean: 0, std });
  const cases: readonly (readonly [string, Init])[] = [
    ["glorot()", box(Math.sqrt(6 / 8))],
    ["glorot(2)", box(2 * Math.sqrt(6 / 8))],
    ["glorot_normal()", bell(Math.sqrt(2 / 8))],
    ["he()", bell(Math.sqrt(2 / 3))],
    ["he(fan_in = 12)", bell(Math.sqrt(2 / 12))],
    ["he_uniform()", box(Math.sqrt(6 / 3))],
    ["lecun()", bell(Math.sqrt(1 / 3))],
    ["lecun_uniform()", box(Math.sqrt(3 / 3))],
    ["uniform(-2, 1)", { kind: "uniform", lo: -2, hi: 1 }],
    ["normal()", bell(1)],
    ["truncated(0, 2, 3)", { kind: "truncated", mean: 0, std: 2, cut: 3 }],
    ["orthogonal(2)", { kind: "orthogonal", gain: 2 }],
  ];
  for (const [distribution, init] of cases) {
    test(distribution, () => expect(initOf(distribution)).toEqual(init));
  }

  test("a kernel's fans count its window", () => {
    expect(initOf("he()", "[3, 3, 2, 8]")).toEqual(bell(Math.sqrt(2 / 18)));
    expect(initOf("glorot()", "[3, 3, 2, 8]")).toEqual(box(Math.sqrt(6 / (18 + 72))));
  });
});
