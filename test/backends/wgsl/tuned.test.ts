// Kernels are computed as they were measured to be fastest, whatever costs say; and files that say nothing of use.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { candidatesOf, wayText } from "../../../compiler/backends/wgsl/candidates.ts";
import { choicesOn, webgpuBackendFor } from "../../../compiler/backends/wgsl/index.ts";
import { aloneIn, keyOf } from "../../../compiler/backends/wgsl/launch-key.ts";
import { launchesOf } from "../../../compiler/backends/wgsl/launches.ts";
import { planLaunches, wholeWaysOf } from "../../../compiler/backends/wgsl/plan-launches.ts";
import type { Choices } from "../../../compiler/backends/wgsl/plan-launches.ts";
import { parseTuned } from "../../../compiler/backends/wgsl/tuned.ts";
import type { Tuned } from "../../../compiler/backends/wgsl/tuned.ts";
import { emitFile } from "../../../compiler/index.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { parseKernel } from "../../../compiler/kernel/kernel-parse.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { webgpu } from "../../../compiler/costs/webgpu.ts";
import { createRandom } from "../../ir/random.ts";
import { expectError } from "../../runtime/errors.ts";
import { differencesOf, drawCase } from "./against-interpreter.ts";
import { product } from "./contractions.ts";
import { hasSwiftShader, needsSwiftShader, openSwiftShader } from "./device.ts";
import type { Device } from "./device.ts";
import { tunedFile, tunedFor, tunedWay } from "./tuned-file.ts";

let opened: Device | null = null;
beforeAll(async () => {
  if (hasSwiftShader) opened = await openSwiftShader();
});
afterAll(() => opened?.close());

const sums = parseKernel(`kernel @sums(x: f32[7, 70]) -> y: f32[7] {
  for i in 0..7 spatial
    y[i] = reduce add k in 0..70 (mul(x[i, k], x[i, k]))
}\n`);

/** The kernel as it is and under other names. */
const otherSums = parseKernel(`kernel @norms(a: f32[7, 70]) -> b: f32[7] {
  for row in 0..7 spatial
    b[row] = reduce add column in 0..70 (mul(a[row, column], a[row, column]))
}\n`);

/** Of sizes that have no number, and come in another order under other names. */
const openText = `kernel @open(x: f32[T, B, 3]) -> y: f32[B, T] sizes(B, T) {
  for i in 0..B, j in 0..T spatial
    y[i, j] = reduce add k in 0..(2*B+T) (mul(x[j, i, 0], f32(size(B*T))))
}
`;
const openSizes = parseKernel(openText);
const otherSizes = parseKernel(openText.replace(/\bT\b/g, "A").replace("B, A)", "A, B)"));

const onlyLaunch = (kernel: Kernel): Kernel => {
  const [launch, ...more] = launchesOf(kernel);
  expect(more).toEqual([]);
  return aloneIn(kernel, launch!);
};
const keyOfLaunch = (kernel: Kernel): string => keyOf("launch", onlyLaunch(kernel), "f32");

const choicesWith = (tuned: Tuned, warn?: (message: string) => void): Partial<Choices> =>
  choicesOn({ tuned, ...(warn === undefined ? {} : { warn }) })("f32");

const waysOf = (kernel: Kernel, choices: Partial<Choices>): readonly string[] =>
  planLaunches(kernel, choices).launches.map(({ way }) => wayText(way));

/** Those of attention: forward, for queries, for keys and values. */
const attention = (): Kernel => {
  const text = `model Net(x: [B, 9, 6]) -> [B, 9, 6] { return x -> MultiHeadAttention(2, causal = true) }`;
  const { modules } = compile({ entry: "a.dlm", read: () => text, steps: false });
  const { kernels } = lower(modules[0]!, { target: webgpu, fewestScores: 1 });
  return kernels.map(({ kernel }) => kernel).find((one) => wholeWaysOf(one).length === 2)!;
};

describe("the key of a launch", () => {
  test("is that of the same launch elsewhere, and of no other", () => {
    expect(keyOfLaunch(otherSums)).toBe(keyOfLaunch(sums));
    expect(keyOfLaunch(otherSizes)).toBe(keyOfLaunch(openSizes));
    const others = [
      keyOf("kernel", onlyLaunch(sums), "f32"),
      keyOf("launch", onlyLaunch(sums), "mixed"),
      keyOfLaunch(product("nn", { M: 7, N: 1, K: 70 })),
      keyOfLaunch(product("nn", { M: 7, K: 70 })),
      keyOfLaunch(product("nn", { N: 7, K: 70 })),
      keyOfLaunch(product("nt", { N: 7, K: 70 })),
    ];
    expect(new Set([...others, keyOfLaunch(sums)]).size).toBe(others.length + 1);
  });

  test("stays what it was in files that are shipped", () => {
    expect(keyOfLaunch(sums)).toBe("3d85353a72514d0b");
    expect(keyOfLaunch(product("tn", { M: 3, K: 5 }))).toBe("bc012f96a4527be5");
  });
});

describe("a way that was measured", () => {
  test("is taken in place of the one that costs least, and others stay", () => {
    const [cheapest, ...others] = candidatesOf(sums, launchesOf(sums)[0]!).map(({ way }) =>
      wayText(way),
    );
    expect(waysOf(sums, {})).toEqual([cheapest]);
    for (const other of others)
      expect(waysOf(otherSums, choicesWith(tunedFor("launch", onlyLaunch(sums), other)))).toEqual([
        other,
      ]);
    const elsewhere = tunedFor("launch", onlyLaunch(sums), others[0]!);
    const matmul = product("nn", { M: 5, N: 70, K: 33 });
    expect(waysOf(matmul, choicesWith(elsewhere))).toEqual(waysOf(matmul, {}));
  });

  test("is that of one precision", () => {
    const way = "an invocation each";
    const { choices, mixed } = {
      choices: choicesWith(tunedFor("launch", onlyLaunch(sums), way, "mixed")),
      mixed: choicesOn({ tuned: tunedFor("launch", onlyLaunch(sums), way, "mixed") })("mixed"),
    };
    expect(waysOf(sums, choices)).toEqual(waysOf(sums, {}));
    expect(waysOf(sums, mixed)).toEqual([way]);
  });

  test("of attention is blocks or row by row", () => {
    const kernel = attention();
    const [cheapest, other] = wholeWaysOf(kernel);
    const chosen = choicesWith(tunedFor("kernel", kernel, other!.text));
    expect(planLaunches(kernel)).toEqual(cheapest!.plan);
    expect(planLaunches(kernel, chosen)).toEqual(wholeWaysOf(kernel, chosen)[1]!.plan);
    expect(waysOf(kernel, chosen)).not.toEqual(waysOf(kernel, {}));
  });

  test("is in the emitted text", async () => {
    const text = "model Net(x: [B, 70]) -> [B, 130] {\n  return x -> Dense(130)\n}\n";
    const emitted = async (tuned: Tuned): Promise<string> => {
      const backend = webgpuBackendFor({ tuned });
      return emitFile({ ...compile({ entry: "a.dlm", read: () => text, backend }), backend });
    };
    const { modules } = compile({ entry: "a.dlm", read: () => text });
    const [{ kernel }] = lower(modules[0]!, { target: webgpu }).kernels as [{ kernel: Kernel }];
    expect(await emitted(tunedFile({}))).toContain("@workgroup_size(256)");
    const alone = await emitted(tunedFor("launch", onlyLaunch(kernel), "an invocation each"));
    expect(alone).not.toContain("@workgroup_size(256)");
    expect(alone).toContain("@workgroup_size(64)");
  });

  test.skipIf(!hasSwiftShader)(
    `gives what the interpreter does (${needsSwiftShader})`,
    { timeout: 120_000 },
    async () => {
      const matmul = product("nt", { M: 5, N: 7, K: 33 });
      const ways = [
        [sums, "16 lanes for each of 4"],
        [sums, "an invocation each"],
        [matmul, "8 lanes for each of 8"],
        [matmul, "4 lanes for each of 16, side by side"],
        [matmul, "an invocation each"],
      ] as const;
      for (const [kernel, way] of ways) {
        const choices = choicesWith(tunedFor("launch", onlyLaunch(kernel), way));
        expect(waysOf(kernel, choices)).toEqual([way]);
        const drawn = drawCase(kernel, new Map(), createRandom(5))!;
        const found = await differencesOf(opened!.device, [drawn], choices);
        expect(found).toEqual({ found: [], unstable: [] });
      }
    },
  );
});

describe("a way that there is no more", () => {
  test("is left to costs, with one warning", () => {
    const matmul = product("nn", { M: 5, N: 70, K: 33 });
    const tuned = tunedFile({
      [keyOfLaunch(sums)]: tunedWay("tiles of 3 x 3 x 3", { kernel: "sums" }),
      [keyOfLaunch(matmul)]: tunedWay("by hand"),
    });
    const warnings: string[] = [];
    const choices = choicesWith(tuned, (message) => warnings.push(message));
    for (const kernel of [sums, matmul, sums])
      expect(waysOf(kernel, choices)).toEqual(waysOf(kernel, {}));
    expect(warnings).toEqual([
      "`sums` was measured to be fastest as `tiles of 3 x 3 x 3`, which this version has not: costs say instead, here and where else that is so; `dlm tune` measures again",
    ]);
  });
});

describe("a file", () => {
  test("is read as it was written", () => {
    const tuned = tunedFor("launch", onlyLaunch(sums), "an invocation each");
    expect(parseTuned(JSON.stringify(tuned), "t.json")).toEqual(tuned);
  });

  test("that is none is refused with its name and what is wrong", async () => {
    const refuse = (text: string, ...parts: readonly string[]): Promise<void> =>
      expectError(() => parseTuned(text, "t.json"), "bad-json", "t.json", "dlm tune", ...parts);
    const good = tunedFile({});
    await refuse("{", "no JSON");
    for (const other of [null, [], 3, {}, { format: "dlm-figures-1" }])
      await refuse(JSON.stringify(other), "no measured kernels");
    await refuse(JSON.stringify({ ...good, device: 3 }), "`device`");
    await refuse(JSON.stringify({ ...good, compiler: undefined }), "`compiler`");
    for (const entries of [undefined, [], "a"])
      await refuse(JSON.stringify({ ...good, entries }), "`entries`");
    const way = tunedWay("an invocation each");
    const wrong = [
      null,
      { ...way, way: 3 },
      { ...way, microseconds: 0 },
      { ...way, microseconds: "2" },
      { ...way, model: undefined },
      { ...way, model: { way: "a" } },
      { ...way, sizes: null },
    ];
    for (const entry of wrong)
      await refuse(JSON.stringify({ ...good, entries: { abc: entry } }), "`abc`");
  });
});
