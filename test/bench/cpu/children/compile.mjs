// Compiles a recipe several times to a program with its WebAssembly, and prints how long each took, the first from before
// the package was imported.

import { readFileSync } from "node:fs";
import { clockOf } from "./clock.mjs";

const [dist, clock, file, name, count] = process.argv.slice(2);
const now = clockOf(clock);
let begun = now();
const { compile, instantiate, wasmBackend } = await import(`${dist}/compiler/index.js`);
const imported = now() - begun;
const times = [];
for (let n = 0; n < Number(count); n++) {
  const { modules } = compile({ entry: file, read: (path) => readFileSync(path, "utf8") });
  const module = modules.find((one) => one.name === name);
  await instantiate(module, { backend: wasmBackend });
  times.push(now() - begun);
  begun = now();
}
console.log(JSON.stringify({ imported, times }));
