// What a device is measured to cost: figures that can be true, in a file that commands take.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planLaunches } from "../../compiler/backends/wgsl/plan-launches.ts";
import { anyDevice } from "../../compiler/backends/wgsl/tiles.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { commonFigures, parseFigures } from "../../runtime/webgpu/figures.ts";
import type { MeasuredFigures } from "../../runtime/webgpu/figures.ts";
import { hasSwiftShader, needsSwiftShader, useSwiftShader } from "../backends/wgsl/device.ts";
import { folderWith, runDlm } from "../cli/run-dlm.ts";
import { expectError } from "../runtime/errors.ts";

const net = "model Net(x: [B, 70]) -> [B, 130] {\n  return x -> Dense(130)\n}\n";

test.skipIf(!hasSwiftShader)(
  `the file of a device holds positive numbers, and \`compile\` takes it (${needsSwiftShader})`,
  { timeout: 60_000 },
  async () => {
    useSwiftShader();
    const cwd = folderWith({ "net.dlm": net });
    const { code, err } = await runDlm(["calibrate"], { cwd });
    expect(code, err).toBe(0);
    expect(err).toMatch(
      /^figures\.json: SwiftShader.* billion multiply-adds and .* µs a launch\n$/,
    );
    const text = readFileSync(join(cwd, "figures.json"), "utf8");
    const { figures, rates, device } = parseFigures(text, "figures.json");
    expect(device).toContain("SwiftShader");
    for (const value of [...Object.values(figures), ...Object.values(rates)]) {
      expect(value).toBeGreaterThan(0);
      expect(Number.isFinite(value)).toBe(true);
    }
    expect(Object.keys(figures).toSorted()).toEqual(Object.keys(commonFigures).toSorted());
    // A word takes at least as long as a lane's share of all that can be copied, were it the speed of light.
    expect(rates.bytesCopiedPerSecond).toBeLessThan(1e14);
    const args = ["compile", "net.dlm", "--backend", "webgpu", "--figures", "figures.json"];
    const compiled = await runDlm(args, { cwd });
    expect(compiled.code, compiled.err).toBe(0);
  },
);

const measured = (figures: object): MeasuredFigures =>
  ({
    format: "dlm-figures-1",
    device: "a",
    figures: { ...commonFigures, ...figures },
    rates: {},
  }) as MeasuredFigures;

describe("figures", () => {
  test("decide: where barriers are dear there are no tiles, where they are cheap there are", () => {
    const product = parseKernel(`kernel @p(a: f32[256, 64], b: f32[64, 256]) -> c: f32[256, 256] {
      for i in 0..256 spatial
        for j in 0..256 spatial
          c[i, j] = reduce add k in 0..64 (mul(a[i, k], b[k, j]))
    }\n`);
    const waysWith = (figures: object): readonly string[] =>
      planLaunches(product, {
        device: { ...anyDevice, figures: { ...commonFigures, ...figures } },
      }).launches.map(({ way }) => way.kind);
    expect(waysWith({})).toEqual(["tiles"]);
    expect(waysWith({ barrier: 1e6 })).toEqual(["elements"]);
  });

  test("show in what `inspect` says", async () => {
    const cwd = folderWith({ "net.dlm": net });
    const costs = [];
    for (const store of [8, 80]) {
      writeFileSync(join(cwd, "f.json"), JSON.stringify(measured({ store })));
      const args = ["inspect", "net.dlm", "--json", "--backend", "webgpu", "--figures", "f.json"];
      const { code, out, err } = await runDlm(args, { cwd });
      expect(code, err).toBe(0);
      const [report] = JSON.parse(out) as [{ entries: { launches: { cost: number }[] }[] }];
      costs.push(report.entries[0]!.launches[0]!.cost);
    }
    expect(costs[1]).toBeGreaterThan(costs[0]!);
  });

  test("that are none are refused with the name of the file and what is wrong", async () => {
    const refuse = (text: string, ...parts: readonly string[]): Promise<void> =>
      expectError(() => parseFigures(text, "f.json"), "bad-json", "f.json", ...parts);
    await refuse("{", "no JSON");
    await refuse("null", "no figures of a device");
    await refuse("{}", "no figures of a device");
    for (const load of [0, -1, null, "8"])
      await refuse(JSON.stringify(measured({ load })), "`load` must be a positive number");
  });

  test("are for a GPU alone", async () => {
    const cwd = folderWith({ "net.dlm": net, "f.json": JSON.stringify(measured({})) });
    const { code, err } = await runDlm(["compile", "net.dlm", "--figures", "f.json"], { cwd });
    expect(code).not.toBe(0);
    expect(err).toContain("add `--backend webgpu`");
  });
});
