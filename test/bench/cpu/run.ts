// The benchmark: every work in its turn, printed as it comes and kept in a file.

import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { canFuse } from "../../../runtime/hosts/fuse.ts";
import { allowFusedProducts } from "../../../runtime/node/fused-products.ts";
import { commitHere } from "../shared/commit.ts";
import { measure } from "../shared/measure.ts";
import { measureAll, once, surviveOthers } from "../shared/measure-all.ts";
import { whereFused } from "./bars.ts";
import { timedBy } from "./clock.ts";
import { allSurveys } from "./figures/index.ts";
import { surveyLines } from "./figures/report.ts";
import { runSurveys } from "./figures/run-surveys.ts";
import type { Options } from "./options.ts";
import { findPeak } from "./peak.ts";
import { openJax } from "./peers/jax.ts";
import { openOnnxNode, openOnnxWeb } from "./peers/onnx.ts";
import { openTfjs } from "./peers/tfjs.ts";
import { openTorch } from "./peers/torch.ts";
import { compileProgram } from "./programs.ts";
import { reportLines, tableLines, writeResults } from "./report.ts";
import type { Results } from "./report.ts";
import { peerNames } from "./work.ts";
import type { Lab } from "./work.ts";
import { allWorks } from "./works/index.ts";

const print = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join("\n")}\n\n`);
};

const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
};

export const run = async (options: Options): Promise<void> => {
  const begun = performance.now();
  surviveOthers(print);
  const versions: Record<string, string> = {};
  const noting = <T extends { readonly version: string }>(
    name: string,
    open: () => Promise<T>,
  ): (() => Promise<T>) =>
    once(async () => {
      const peer = await open();
      versions[name] = peer.version;
      return peer;
    });
  if (options.fma) allowFusedProducts();
  const plainPeak = findPeak(false);
  const fusedPeak = canFuse() ? findPeak(true) : null;
  const peak = fusedPeak ?? plainPeak;
  let closeTorch = (): void => {};
  let isFused = false;
  const lab: Lab = {
    peak,
    threads: options.threads,
    program: async (name, sizes) => {
      const compiled = await compileProgram(name, sizes);
      isFused ||= compiled.isFused;
      return compiled;
    },
    onnxWeb: noting("onnxruntime-web", openOnnxWeb),
    onnxNode: noting("onnxruntime-node", openOnnxNode),
    tfjs: noting("tfjs", () => openTfjs("wasm")),
    tfjsCpu: once(() => openTfjs("cpu")),
    jax: noting("jax-js", openJax),
    torch: noting("PyTorch", async () => {
      const torch = await openTorch(options.python, options.clock);
      closeTorch = torch.close;
      return torch;
    }),
  };
  const machine = {
    cpu: cpus()[0]?.model ?? "an unknown CPU",
    node: process.versions.node,
    v8: process.versions.v8,
    commit: commitHere(),
    /** GFLOP/s */
    peak: plainPeak.rate,
    fusedPeak: fusedPeak?.rate ?? null,
  };
  const fused =
    fusedPeak === null ? "no fused multiply-add" : `${fusedPeak.rate.toFixed(1)} rounded once`;
  print(
    `${machine.cpu}; Node ${machine.node}, V8 ${machine.v8}; commit ${machine.commit}`,
    `128-bit vectors multiplied and added in registers: ${plainPeak.rate.toFixed(1)} GFLOP/s, ${fused}`,
  );
  mkdirSync(dirname(options.out), { recursive: true });
  const { only, rounds, seconds, clock } = options;
  const about = { started: new Date().toISOString(), machine, clock, rounds, seconds };
  const isWanted = ({ name }: { readonly name: string }): boolean =>
    only.length === 0 || only.some((start) => name.startsWith(start));
  const works = allWorks
    .filter(isWanted)
    .map((work) => (fusedPeak === null ? work : { ...work, bars: work.bars.map(whereFused) }));
  const surveys = allSurveys.filter(isWanted);
  const names = peerNames.filter((name) => options.peers.includes(name));
  let done = 0;
  let results: Results = { measured: [], surveyed: [] };
  const keep = (more: Partial<Results>): void => {
    results = { ...results, ...more };
    writeResults(options.out, { ...about, isFused, versions }, results);
  };
  await measureAll(
    works,
    { seconds, begun },
    async (work, until) => {
      progress(`${++done} of ${works.length}: ${work.name}`);
      const started = timedBy(options.clock, await work.start(lab));
      return measure(started, { names, rounds, until });
    },
    (one, measured) => {
      progress("");
      print(...reportLines(one));
      keep({ measured });
    },
  );
  await runSurveys(surveys, { clock, rounds, torch: lab.torch }, (one, surveyed) => {
    print(...surveyLines(one));
    keep({ surveyed });
  });
  closeTorch();
  const machineText = `${machine.cpu}, Node ${machine.node}, V8 ${machine.v8}`;
  print(
    ...tableLines(results),
    "",
    [
      machineText,
      `${peak.rate.toFixed(1)} GFLOP/s in registers`,
      `dlm ${machine.commit} ${isFused ? "with" : "without"} fused multiply-add`,
      ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
      options.threads === 1
        ? "one thread each"
        : `one thread each, ${options.threads} where it says so`,
      clock === "wall" ? "times by the clock" : "time on the processor",
    ].join("; "),
  );
  print(`${((performance.now() - begun) / 1000).toFixed(0)} s; results in ${options.out}`);
};
