// What the operations of kernels take on this machine as the backend emits them, in additions, beside the figures that
// the compiler decides with. `npx tsx test/bench/figures.ts [--rounds N]`
//
// Processor time, the least of all rounds. Costs are differences between kernels with more and with less of one thing, so
// that what the loop itself takes is in none of them.

import { parseArgs } from "node:util";
import { runtimeFunctions, runtimeNames } from "../../compiler/backends/runtime-functions.ts";
import { helperSource } from "../../compiler/backends/typescript/spelling.ts";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import { panelMemoryText } from "../../compiler/backends/backend.ts";
import { withoutTypes } from "../../compiler/backends/plain.ts";
import { buffersOf } from "../../compiler/kernel/buffers.ts";
import type { ScalarFn } from "../../compiler/kernel/expr.ts";
import { parseKernel } from "../../compiler/kernel/kernel-parse.ts";
import { typescript } from "../../compiler/costs/typescript.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });

type Body = (f: Float32Array, i: Int32Array, ...offsets: readonly number[]) => void;

/** A kernel, how much of what is timed one call does, and the least nanoseconds that it took. */
type Timed = { readonly call: () => void; readonly units: number; best: number };

const [few, many, side] = [1024, 1 << 22, 128];

const helpers = Object.entries(helperSource).map(
  ([name, { signature, lines }]) =>
    `const ${name} = (${signature.join(", ")}) => {\n${lines.join("\n")}\n};`,
);

/** Each gets code of its own, so that none is slow for what another was called with. */
const load = async (text: string): Promise<() => void> => {
  const kernel = parseKernel(text);
  const { offsets, lines, panelWords } = emitKernel(kernel);
  const source = `export const create = ({ ${runtimeNames.join(", ")} }) => {
${helpers.join("\n")}
${panelMemoryText(panelWords, [{ lines }]).join("\n")}
return ${withoutTypes(`(${["f", "i", ...offsets].join(", ")}) => {\n${lines.join("\n")}\n}`)};
};`;
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`;
  const { create } = (await import(url)) as {
    readonly create: (given: typeof runtimeFunctions) => Body;
  };
  const body = create(runtimeFunctions);
  const starts: number[] = [];
  let end = 0;
  for (const { shape } of buffersOf(kernel)) {
    starts.push(end);
    end += shape.reduce<number>((n, size) => n * Number(size), 1);
  }
  const floats = new Float32Array(end).map((_, at) => 0.25 + (at % 97) / 128);
  const ints = new Int32Array(floats.buffer);
  return () => body(floats, ints, ...starts);
};

const timed = new Map<string, Timed>();

const add = async (name: string, units: number, text: string): Promise<void> => {
  timed.set(name, { call: await load(text), units, best: Infinity });
};

/** y[i] is an expression of x0[i], x1[i] … */
const map = (value: string, inputs = 1, count = few, results = 1): string => {
  const params = Array.from({ length: inputs }, (_, k) => `x${k}: f32[${count}]`).join(", ");
  const ys = Array.from({ length: results }, (_, k) => `y${k}`);
  const stores = ys.map((y) => `    ${y}[i] = ${value}\n`).join("");
  const declared = ys.map((y) => `${y}: f32[${count}]`).join(", ");
  return `kernel @k(${params}) -> ${declared} {\n  for i in 0..${count} spatial {\n${stores}  }\n}\n`;
};

type Use = (x: string, k: number) => string;

/** Of a number, the function and nothing else; those that make bools come with `select`. */
const uses: Readonly<Partial<Record<ScalarFn, Use>>> = {
  mul: (x) => `mul(${x}, 1.7)`,
  max: (x) => `max(${x}, 0.6)`,
  abs: (x) => `abs(${x})`,
  div: (x) => `div(1.7, ${x})`,
  mod: (x) => `mod(${x}, 0.3)`,
  pow: (x) => `pow(${x}, 1.3)`,
  ...Object.fromEntries(
    "floor sqrt exp expm1 log log1p sin cos atan erf tanh sigmoid"
      .split(" ")
      .map((fn) => [fn, (x: string) => `${fn}(${x})`]),
  ),
  uniform: (_, k) => `uniform(1, 2, 3, add(i, ${k}))`,
  normal: (_, k) => `normal(1, 2, 3, add(i, ${k}))`,
};

const inputs = (count: number): string =>
  Array.from({ length: count }, (_, k) => `x${k}[i]`).reduce((a, b) => `add(${a}, ${b})`);
/** A function of `count` numbers, all of them between 0.25 and 1.5. */
const calls = (f: Use, count: number): string =>
  Array.from({ length: count }, (_, k) => f(`add(x0[i], ${(k / 16).toFixed(4)})`, k)).reduce(
    (a, b) => `add(${a}, ${b})`,
  );
/** Elements at four positions. */
const gather = (at: (k: number) => string): string =>
  map(
    [3, 5, 7, 11].map((k) => `x0[${at(k)}]`).reduce((a, b) => `add(${a}, ${b})`),
    1,
    few,
    1,
  );

await add("additions2", few, map(calls((x) => x, 2)));
await add("additions8", few, map(calls((x) => x, 8)));
await add("copy", few, map("x0[i]"));
await add("loads2", few, map(inputs(2), 2));
await add("loads8", few, map(inputs(8), 8));
await add("stores5", few, map("x0[i]", 1, few, 5));
await add("one", 1, map("x0[i]", 1, 1));
await add("copyMany", many, map("x0[i]", 1, many));
const chosen = { ...uses, select: (x: string) => `select(le(${x}, 0.6), 0.5, ${x})` };
for (const [name, f] of Object.entries(chosen)) {
  await add(`${name}2`, few, map(calls(f, 2)));
  await add(`${name}8`, few, map(calls(f, 8)));
}
await add(
  "at",
  few,
  gather((k) => `min(i, ${1023 - k})`),
);
await add(
  "divisions",
  few,
  gather((k) => `div(i, ${k})`),
);
await add(
  "remainders",
  few,
  gather((k) => `mod(i, ${k})`),
);
await add(
  "product",
  side ** 3,
  `kernel @k(a: f32[${side}, ${side}], b: f32[${side}, ${side}]) -> c: f32[${side}, ${side}] {
  for i in 0..${side}, j in 0..${side} spatial
    c[i, j] = reduce add k in 0..${side} (mul(a[i, k], b[k, j]))
}
`,
);

const timeOf = (call: () => void, count: number): number => {
  const begun = process.cpuUsage();
  for (let n = 0; n < count; n++) call();
  const { user, system } = process.cpuUsage(begun);
  return (1000 * (user + system)) / count;
};

/** Calls that take some milliseconds together. */
const counts = new Map<string, number>();
for (const [name, { call }] of timed) {
  let count = 8;
  while (timeOf(call, count) * count < 4e6) count *= 2;
  counts.set(name, count);
}
for (let round = 0; round < Number(options.rounds); round++)
  for (const [name, one] of timed)
    one.best = Math.min(one.best, timeOf(one.call, counts.get(name)!) / one.units);

const ns = (name: string): number => timed.get(name)!.best;
/** What one of eight takes more than one of two. */
const between = (name: string): number => (ns(`${name}8`) - ns(`${name}2`)) / 6;
const addition = (ns("additions8") - ns("additions2")) / 12;
const loading = (ns("loads8") - ns("loads2")) / 6 - addition;
const row = (what: string, nanoseconds: number, used: number): void =>
  console.log(
    what.padEnd(36) +
      nanoseconds.toFixed(3).padStart(10) +
      (nanoseconds / addition).toFixed(1).padStart(12) +
      String(used).padStart(8),
  );
const { costs } = typescript;
console.log("".padEnd(36) + "ns".padStart(10) + "additions".padStart(12) + "in use".padStart(8));
row("an addition", addition, 1);
row("load", loading, costs.load);
row("store", (ns("stores5") - ns("copy")) / 4, costs.store);
row("far: a word beyond the cache", (ns("copyMany") - ns("copy")) / 2, costs.far);
row("launch", ns("one") - ns("copy"), costs.launch);
row("multiply: in a tile, with its sum", ns("product"), costs.multiply);
row("divide: a position", (ns("divisions") - ns("at")) / 4, costs.divide);
row("divide: its remainder", (ns("remainders") - ns("at")) / 4, costs.divide);
row("le and select", between("select") - 2 * addition, costs.functions.le + costs.functions.select);
for (const name of Object.keys(uses) as readonly ScalarFn[])
  row(name, between(name) - 2 * addition, costs.functions[name]);
