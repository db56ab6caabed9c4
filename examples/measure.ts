// `npx tsx examples/measure.ts NAME`: an example and its PyTorch twin, seed by seed, into a table, results.json, README and pictures.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { argv, env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Figures } from "./example.ts";
import { tableOf, withTable } from "./results.ts";
import type { Measured, Results, Side } from "./results.ts";

const usage = `npx tsx examples/measure.ts NAME [--seeds 0,1,2] [--small] [--no-twin | --only-twin] [--jobs 1]
  Each run is a process of its own; --jobs of them at a time.
  With --no-twin or --only-twin the other side stays as results.json has it.
  PYTHON names the Python that has PyTorch (python3), OMP_NUM_THREADS its threads (1).`;

/** The last line that a run prints is its figures. */
const runOnce = (command: string, args: readonly string[]): Promise<Figures> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { OMP_NUM_THREADS: "1", ...env },
    });
    let text = "";
    child.stdout.on("data", (piece) => (text += String(piece)));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split("\n").at(-1)!) as Figures);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}`));
    });
  });

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The pictures of seed 0 are those that the README shows. */
const picturesOf = (name: string, seed: number, small: boolean): string =>
  seed === 0 && !small ? here(name) : here(`../runs/${name}/seed-${seed}`);

const commandOf = (name: string, side: Side, seed: number, small: boolean): readonly string[] => [
  ...(side === "dlm"
    ? [execPath, "--import", "tsx", here(`${name}/run.ts`)]
    : [env["PYTHON"] ?? "python3", here(`${name}/twin.py`)]),
  ...["--seed", String(seed)],
  ...(side === "dlm" ? ["--out", picturesOf(name, seed, small)] : []),
  ...(small ? ["--small"] : []),
];

/** Runs `jobs` at most `width` at a time. */
const inTurns = async (jobs: readonly (() => Promise<void>)[], width: number): Promise<void> => {
  const rest = [...jobs];
  const work = async (): Promise<void> => {
    for (let job = rest.shift(); job !== undefined; job = rest.shift()) await job();
  };
  await Promise.all(Array.from({ length: width }, work));
};

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "0,1,2" },
    small: { type: "boolean", default: false },
    "no-twin": { type: "boolean", default: false },
    "only-twin": { type: "boolean", default: false },
    jobs: { type: "string", default: "1" },
  },
});
const [name] = positionals;
if (name === undefined || !existsSync(here(`${name}/run.ts`))) throw new Error(usage);

const sides: readonly Side[] = values["no-twin"]
  ? ["dlm"]
  : values["only-twin"]
    ? ["twin"]
    : ["dlm", "twin"];
const seeds = values.seeds.split(",").map(Number);
const found: Record<Side, Measured[]> = { dlm: [], twin: [] };
const jobs = seeds.flatMap((seed) =>
  sides.map((side) => async () => {
    const [command, ...args] = commandOf(name, side, seed, values.small);
    const started = performance.now();
    const figures = await runOnce(command!, args);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    found[side].push({ seed, seconds, figures });
    console.log(JSON.stringify({ example: name, side, seed, seconds, figures }));
  }),
);
await inTurns(jobs, Number(values.jobs));

const file = here(`${name}/results.json`);
const before: Results = existsSync(file)
  ? (JSON.parse(readFileSync(file, "utf8")) as Results)
  : { dlm: [], twin: [] };
const runsOf = (side: Side): readonly Measured[] =>
  sides.includes(side)
    ? found[side].sort((a, b) => a.seed - b.seed)
    : values.small
      ? []
      : before[side];
const results: Results = { dlm: runsOf("dlm"), twin: runsOf("twin") };
const table = tableOf(results);
if (!values.small) {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  const readme = here(`${name}/README.md`);
  if (existsSync(readme)) writeFileSync(readme, withTable(readFileSync(readme, "utf8"), table));
}
console.log(`\n${table}`);
