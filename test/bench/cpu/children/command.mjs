// Runs a command of the built package as its `bin.mjs` does, and prints when each line of its output came, how long
// functions of WebAssembly had run by then, and how long the process took, from its start on.

import { clockOf } from "./clock.mjs";

const [dist, clock, ...args] = process.argv.slice(2);
const now = clockOf(clock);

let inKernels = 0;
const { Instance } = WebAssembly;
const timed = (run) => () => {
  const begun = performance.now();
  run();
  inKernels += performance.now() - begun;
};
WebAssembly.Instance = function (module, imports) {
  const { exports } = new Instance(module, imports);
  const entries = Object.entries(exports).map(([name, run]) => [name, timed(run)]);
  return { exports: Object.fromEntries(entries) };
};

const { main } = await import(`${dist}/compiler/cli/main.js`);
const { createTerminal } = await import(`${dist}/compiler/cli/process-terminal.js`);
const lines = [];
const out = (text) =>
  // Many others come while it trains.
  text.startsWith('{"event":"log"') ||
  lines.push({
    text,
    at: now(),
    wall: performance.now(),
    us: Number(process.hrtime.bigint() / 1000n),
    inKernels,
  });
const code = await main(args, { ...createTerminal(), out });
console.log(JSON.stringify({ code, lines, whole: now() }));
