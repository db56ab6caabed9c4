// One training step of every example as two compilers emit it: that of another checkout and this one, in turns, in one
// process, on the same random data. Milliseconds of processor time of a step, and what part of it is products.
// `npx tsx test/bench/step-speed.ts --before PATH [--only NAME] [--rounds N] [--kernels]`
//
// The other checkout reads the examples of this one, with its own runtime. Only ratios from one run say anything on a
// shared machine. `--kernels` lists what each kernel of this compiler takes.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { TrainProgram } from "../../runtime/abi.ts";
import { lower } from "../../compiler/lower/lower.ts";
import type { Plan } from "../../compiler/lower/plan.ts";
import { sizesOfDispatch } from "../../compiler/lower/plan.ts";
import { instantiateClocked, launchKey } from "./kernel-times.ts";
import { productFlop } from "./products.ts";

const usage =
  "npx tsx test/bench/step-speed.ts --before PATH [--only NAME] [--rounds N] [--kernels]";
const { values: options } = parseArgs({
  options: {
    before: { type: "string" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "15" },
    kernels: { type: "boolean", default: false },
  },
});
if (options.before === undefined) throw new Error(usage);
const rounds = Number(options.rounds);

type Compiler = typeof import("../../compiler/index.ts");
type Training = typeof import("../../runtime/trainer.ts");
type Batch = Readonly<Record<string, Float32Array | Int32Array>>;
type Log = Readonly<Record<string, number | Readonly<Record<string, number>>>>;
type Recipe = { readonly step: (batch: Batch) => Promise<Log> };
type Side = { readonly compiler: Compiler; readonly training: Training };

const sideAt = async (root: string): Promise<Side> => ({
  compiler: (await import(pathToFileURL(`${root}/compiler/index.ts`).href)) as Compiler,
  training: (await import(pathToFileURL(`${root}/runtime/trainer.ts`).href)) as Training,
});

const here = fileURLToPath(new URL("../..", import.meta.url));
const before = await sideAt(options.before);
const after = await sideAt(here);

const files = readdirSync(`${here}examples`, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".dlm"))
  .toSorted();
const modulesOf = ({ compiler }: Side, path: string): ReturnType<Compiler["compile"]>["modules"] =>
  compiler.compile({
    entry: `${here}examples/${path}`,
    read: (file) => readFileSync(file, "utf8"),
    steps: false,
  }).modules;

/** Numbers in 0..1, whole numbers within their range, the same for both. */
const batchFor = (program: TrainProgram): Batch => {
  let state = 1;
  const draw = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const { batch } = program.settings;
  const slots = program.steps.flatMap(({ entry }) => entry.data);
  return Object.fromEntries(
    program.fields.map(({ name, dtype, shape }) => {
      const sizes = shape.map((size) => (size === "B" ? batch! : Number(size)));
      if (sizes.some(Number.isNaN)) throw new Error(`${name} has a size that is not known`);
      const length = sizes.reduce((product, size) => product * size, 1);
      if (dtype === "f32") return [name, Float32Array.from({ length }, draw)];
      const below = slots.find((slot) => slot.name === name)?.below ?? 2;
      return [name, Int32Array.from({ length }, () => Math.floor(draw() * below))];
    }),
  );
};

const start = async (side: Side, program: TrainProgram): Promise<Recipe> =>
  side.training.startTrainer(new side.training.Trainer<Batch, Log, object>(program), { seed: 0 });

const lossOf = (log: Log, step: string): number =>
  step === "" ? (log["loss"] as number) : (log[step] as Readonly<Record<string, number>>)["loss"]!;

const mean = (list: readonly number[]): number =>
  list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;

/** Rounds of steps, and of each kind of step the processor time that it took, one list for each side. */
type Times = Map<string, readonly [number[], number[]]>;

const timeInTurns = async (
  recipes: readonly [Recipe, Recipe],
  steps: readonly string[],
  batch: Batch,
): Promise<Times> => {
  const times: Times = new Map(steps.map((name) => [name, [[], []]]));
  const roundOf = async (side: 0 | 1, count: number): Promise<ReadonlyMap<string, number>> => {
    const sums = new Map<string, number>();
    for (let round = 0; round < count; round++)
      for (const name of steps) {
        const begun = process.cpuUsage();
        await recipes[side].step(batch);
        const { user, system } = process.cpuUsage(begun);
        sums.set(name, (sums.get(name) ?? 0) + (user + system) / 1000);
      }
    return new Map(
      [...sums].map(([name, sum]) => [name, sum / count / steps.filter((s) => s === name).length]),
    );
  };
  /** Rounds long enough to be timed well. */
  const warm = performance.now();
  let warmed = 0;
  while (warmed < 3 || performance.now() - warm < 2500) {
    await roundOf(0, 1);
    await roundOf(1, 1);
    warmed++;
  }
  const sum = [...(await roundOf(1, 3)).values()].reduce((a, b) => a + b, 0);
  const count = Math.max(1, Math.ceil(20 / sum));
  for (let round = 0; round < rounds; round++)
    for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
      for (const [name, ms] of await roundOf(side, count)) times.get(name)![side].push(ms);
  return times;
};

type KernelTime = {
  readonly name: string;
  readonly ms: number;
  readonly launches: number;
  readonly flop: number;
};

/** What the kernels of each step take, most first. */
const kernelTimes = async (
  plan: Plan,
  turns: readonly string[],
  batch: Batch,
): Promise<ReadonlyMap<string, readonly KernelTime[]>> => {
  const { program, times } = await instantiateClocked(plan);
  const training = program as TrainProgram;
  const recipe = await start(after, training);
  const warm = performance.now();
  for (let n = 0; n < 3 || performance.now() - warm < 1500; n++)
    for (const _ of turns) await recipe.step(batch);
  times.clear();
  const timed = performance.now();
  let count = 0;
  for (; count < 5 || performance.now() - timed < 1500; count++)
    for (const _ of turns) await recipe.step(batch);
  return new Map(
    training.steps.map(({ name, entry, repeat }) => {
      const at = plan.entries.findIndex((e) => e.entry.name === entry.name);
      const planned = plan.entries[at]!;
      const values = new Map(
        planned.entry.graph.sizes.map((s) => [s.name, training.settings.batch!]),
      );
      const byKernel = new Map<string, KernelTime>();
      planned.dispatches.forEach((dispatch, position) => {
        const list = times.get(launchKey(at, position)) ?? [];
        const { kernel } = plan.kernels[dispatch.kernel]!;
        const launches = list.length / count / repeat;
        const known = byKernel.get(kernel.name);
        byKernel.set(kernel.name, {
          name: kernel.name,
          ms: (known?.ms ?? 0) + mean(list) * launches,
          launches: (known?.launches ?? 0) + launches,
          flop:
            (known?.flop ?? 0) +
            launches * productFlop(kernel, sizesOfDispatch(kernel, dispatch, values)),
        });
      });
      return [name, [...byKernel.values()].toSorted((a, b) => b.ms - a.ms)];
    }),
  );
};

const sumOf = (list: readonly KernelTime[]): number => list.reduce((sum, { ms }) => sum + ms, 0);
const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;
const row = (what: string, ...cells: readonly string[]): string =>
  what.padEnd(36) + cells.map((cell) => cell.padStart(12)).join("");

console.log(
  row("step", "before, ms", "after, ms", "ratio", "of minima", "products", "largest", "GFLOP/s"),
);
for (const path of files.filter((file) => file.includes(options.only))) {
  const others = modulesOf(before, path);
  for (const module of modulesOf(after, path).filter(({ train }) => train !== null)) {
    const other = others.find(({ name }) => name === module.name);
    if (other === undefined) {
      console.log(row(`${path} ${module.name}`, "not compiled before"));
      continue;
    }
    const plan = lower(module);
    const programs = [
      (await before.compiler.instantiate(other)) as TrainProgram,
      (await after.compiler.instantiate(module)) as TrainProgram,
    ] as const;
    const batch = batchFor(programs[1]);
    const recipes = [await start(before, programs[0]), await start(after, programs[1])] as const;
    const turns = programs[1].steps.flatMap(({ name, repeat }) =>
      Array.from({ length: repeat }, () => name),
    );
    for (const step of turns) {
      const [was, is] = [await recipes[0].step(batch), await recipes[1].step(batch)];
      const [a, b] = [lossOf(was, step), lossOf(is, step)];
      if (!(Math.abs(a - b) <= 1e-3 * (1 + Math.abs(a))))
        throw new Error(`${module.name} ${step}: the loss was ${a} and is ${b}`);
    }
    const times = await timeInTurns(recipes, turns, batch);
    const kernels = await kernelTimes(plan, turns, batch);
    for (const [step, [was, is]] of times) {
      const list = kernels.get(step)!;
      const products = list.filter(({ flop }) => flop > 0);
      const flop = products.reduce((sum, k) => sum + k.flop, 0);
      const title = [path.replace(/\/[^/]*$/, ""), module.name, step].filter((s) => s !== "");
      console.log(
        row(
          title.join(" "),
          median(was).toFixed(3),
          median(is).toFixed(3),
          (median(was) / median(is)).toFixed(2),
          (Math.min(...was) / Math.min(...is)).toFixed(2),
          percent(sumOf(products), sumOf(list)),
          products.length === 0 ? "" : percent(products[0]!.ms, sumOf(list)),
          products.length === 0 ? "" : (flop / sumOf(products) / 1e6).toFixed(2),
        ),
      );
      if (!options.kernels) continue;
      for (const { name, ms, launches, flop: own } of list.slice(0, 25))
        console.log(
          row(
            `    ${name}`,
            `${(1000 * ms).toFixed(1)} µs`,
            percent(ms, sumOf(list)),
            `${launches.toFixed(0)} x`,
            own > 0 ? `${(own / ms / 1e6).toFixed(2)} GFLOP/s` : "",
          ),
        );
    }
  }
}
