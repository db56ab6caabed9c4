// The suite against faults that are planted on purpose: each must be found.

import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { buildProbe } from "./build.ts";
import type { Change } from "./build.ts";
import { faults } from "./faults.ts";
import type { Check } from "./faults.ts";
import { hasSwiftShader } from "../backends/wgsl/device.ts";

const run = promisify(execFile);
/** A fault may make a program run for ever. */
const limit = 240_000;

/** What a check finds in the compiler with a change planted; null when nothing. */
const findingOf = async (change: Change | null, check: Check): Promise<string | null> => {
  const script = await buildProbe(change);
  try {
    const { stdout } = await run(process.execPath, [script, check], { timeout: limit });
    return JSON.parse(stdout) as string | null;
  } catch (error) {
    return `stopped: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  } finally {
    rmSync(dirname(script), { recursive: true, force: true });
  }
};

test("the text of every fault is there exactly once", () => {
  const root = new URL("../../", import.meta.url);
  for (const { name, file, from, to } of faults) {
    const text = readFileSync(new URL(file, root), "utf8");
    expect(text.split(from).length - 1, name).toBe(1);
    expect(to, name).not.toBe(from);
  }
});

test("nothing is found where nothing is planted", { timeout: 2 * limit }, async () => {
  for (const check of [
    "programs",
    "conventions",
    "training",
    "steps",
    "math",
    "schedules",
    "taps",
    "wasm",
    ...(hasSwiftShader ? (["shaders"] as const) : []),
  ] as const)
    expect(await findingOf(null, check), check).toBeNull();
});

const planted = faults.filter(({ check }) => check !== "shaders" || hasSwiftShader);

test("every planted fault is found", { timeout: planted.length * limit }, async () => {
  const findings = new Map<string, string | null>();
  const waiting = [...planted];
  const work = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift())
      findings.set(fault.name, await findingOf(fault, fault.check));
  };
  await Promise.all([work(), work()]);
  const lines = planted.map(
    ({ name }) => `${name}: ${findings.get(name)?.slice(0, 100) ?? "NOT FOUND"}`,
  );
  console.log(`${planted.length} planted faults\n${lines.join("\n")}`);
  expect(planted.filter(({ name }) => findings.get(name) === null).map(({ name }) => name)).toEqual(
    [],
  );
});
