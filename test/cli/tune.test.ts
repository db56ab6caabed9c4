// `dlm tune`: a device is measured, the file it writes is taken by other commands, and it goes on from one.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTuned } from "../../compiler/backends/wgsl/tuned.ts";
import { hasSwiftShader, needsSwiftShader, useSwiftShader } from "../backends/wgsl/device.ts";
import { folderWith, runDlm } from "./run-dlm.ts";

/** Two kernels that lanes may share, and none of which shaders take long to compile. */
const net = `model Net(x: [B, 40], y: [B, 70]) -> (a: [B, 40], b: [B, 70]) {
  return softmax(x), softmax(y)
}
`;
const patient = { timeout: 120_000 };

describe.skipIf(!hasSwiftShader)(`on a device (${needsSwiftShader})`, () => {
  test("writes a file that other commands take, and a table", patient, async () => {
    useSwiftShader();
    const cwd = folderWith({ "net.dlm": net });
    const args = ["tune", "net.dlm", "--batch", "3", "--top", "2"];
    const { code, out, err } = await runDlm(args, { cwd });
    expect(code, err).toBe(0);
    const tuned = parseTuned(readFileSync(join(cwd, "tuned.json"), "utf8"), "tuned.json");
    expect(tuned.device).toContain("SwiftShader");
    const entries = Object.values(tuned.entries);
    expect(entries.map(({ sizes }) => sizes)).toEqual([{ B: 3 }, { B: 3 }]);
    for (const { microseconds, model } of entries)
      expect(microseconds).toBeLessThanOrEqual(model.microseconds);
    // A line for each kernel as it goes on, and one for it all.
    expect(err).not.toContain("warning");
    const [first, second, last] = err.trimEnd().split("\n");
    for (const line of [first, second])
      expect(line).toMatch(/^\w+: .+ [\d.]+ [µm]?s, .+ [\d.]+ [µm]?s$/);
    expect(last).toMatch(/^tuned\.json: SwiftShader.*, 2 kernels measured, \d faster in another/);
    expect(out).toMatch(/^kernel +fastest +time +by cost +time +gain\n\w+ \(B = 3\) +\w/);
    expect(out.trimEnd().split("\n")).toHaveLength(3);

    const on = ["--backend", "webgpu", "--tuned", "tuned.json"];
    const inspected = await runDlm(["inspect", "net.dlm", ...on], { cwd });
    expect(inspected.out.match(/ measured [\d.]+ [µm]?s/g)).toHaveLength(2);
    const compiled = await runDlm(["compile", "net.dlm", ...on], { cwd });
    expect([compiled.code, compiled.err.includes("warning")]).toEqual([0, false]);

    const again = await runDlm([...args, "--tuned", "tuned.json", "-o", "again.json"], { cwd });
    expect(again.err).toMatch(/^again\.json: .* 2 kernels measured/);
    expect(again.out).toBe("");
    const same = parseTuned(readFileSync(join(cwd, "again.json"), "utf8"), "again.json");
    expect(same).toEqual(tuned);

    writeFileSync(join(cwd, "other.json"), JSON.stringify({ ...tuned, device: "another" }));
    const other = await runDlm([...args, "--tuned", "other.json"], { cwd });
    expect(other.code).not.toBe(0);
    expect(other.err).toContain("was measured on another, and this is SwiftShader");
  });

  test("as JSON writes no file, and a bar is drawn on a terminal", patient, async () => {
    useSwiftShader();
    const cwd = folderWith({ "net.dlm": net });
    const args = ["tune", "net.dlm", "--batch", "3", "--top", "2"];
    const json = await runDlm([...args, "--json"], { cwd, live: true });
    expect([json.code, json.err]).toEqual([0, ""]);
    expect(Object.keys(parseTuned(json.out, "output").entries)).toHaveLength(2);
    expect(existsSync(join(cwd, "tuned.json"))).toBe(false);
    const live = await runDlm(args, { cwd, live: true });
    expect(live.err).toContain("of 2 kernels");
    expect(live.err).not.toMatch(/^\w+: .* [µm]?s,/m);
  });

  test("that is interrupted keeps what it has", patient, async () => {
    useSwiftShader();
    const cwd = folderWith({ "net.dlm": net });
    const stop = new AbortController();
    const { code, err } = await runDlm(["tune", "net.dlm", "--batch", "3", "--top", "2"], {
      cwd,
      interrupt: stop.signal,
      onErr: () => stop.abort(),
    });
    expect(code).toBe(130);
    expect(err).toContain("1 kernel measured");
    expect(err).toContain("no time for 1 more");
    expect(
      Object.keys(parseTuned(readFileSync(join(cwd, "tuned.json"), "utf8"), "f").entries),
    ).toHaveLength(1);
  });
});

test("what is not there is said before a device is looked for", async () => {
  const cwd = folderWith({ "net.dlm": net });
  const run = (...args: readonly string[]): ReturnType<typeof runDlm> =>
    runDlm(["tune", ...args], { cwd });
  expect((await run("none.dlm")).err).toContain("there is no file none.dlm");
  expect((await run("net.dlm", "--name", "Nat")).err).toContain("declared here: Net");
  expect((await run("net.dlm", "--top", "1")).err).toContain("2 or more");
});
