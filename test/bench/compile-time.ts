// How long a recipe takes from text to a formatted module: cold in a fresh process, then warm; and checking alone.
// The fresh process runs the built package alone, as the command line does, and its start is not counted.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { check, compile, createPrelude, emitFile } from "../../dist/compiler/index.js";

const path = fileURLToPath(new URL("three-hidden-layers.dlm", import.meta.url));
const text = readFileSync(path, "utf8");
const options = { entry: path, read: (): string => text, prelude: createPrelude() };

const median = async (rounds: number, work: () => unknown): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[rounds >> 1]!;
};

/** A process of its own that does nothing else. */
const runFresh = (script: string): unknown =>
  spawnSync(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });

const compiler = new URL("../../dist/compiler/index.js", import.meta.url).href;
const compileOnce = `
  import { readFileSync } from "node:fs";
  import { compile, emitFile } from ${JSON.stringify(compiler)};
  const text = readFileSync(${JSON.stringify(path)}, "utf8");
  await emitFile(compile({ entry: ${JSON.stringify(path)}, read: () => text }));
`;
const cold = await median(5, () => runFresh(compileOnce));
const start = await median(5, () => runFresh(""));
for (let i = 0; i < 5; i++) await emitFile(compile(options));
const warm = await median(15, () => emitFile(compile(options)));
const checked = await median(15, () => check(options));
const row = (name: string, ms: number, bar: number): void =>
  console.log(`${name.padEnd(44)}${ms.toFixed(0).padStart(5)} ms (bar: ${bar})`);
row("text to formatted module, fresh process", cold - start, 1500);
row("text to formatted module, warm", warm, 400);
row("check alone, warm", checked, 100);
