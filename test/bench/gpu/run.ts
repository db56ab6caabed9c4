// The benchmark: every work in its turn, printed as it comes and kept in a file.

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { openGpu } from "./gpu.ts";
import type { Options } from "./options.ts";
import { measureAll, once, surviveOthers } from "../shared/measure-all.ts";
import { measure } from "./measure.ts";
import { pinned } from "./pinned.ts";
import { openJax } from "./peers/jax.ts";
import { openOnnx } from "./peers/onnx.ts";
import { openTfjs } from "./peers/tfjs.ts";
import { openTorch } from "./peers/torch.ts";
import type { Program, ProgramSpec } from "../shared/programs.ts";
import { reportLines, writeResults } from "./report.ts";
import type { Lab, Work } from "./work.ts";
import { allWorks } from "./works/index.ts";
import { yardsticks } from "./yardsticks.ts";

export type Build = {
  readonly commit: string;
  readonly program: (spec: ProgramSpec) => Promise<Program>;
};

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join("\n")}\n\n`);
};

export const run = async (options: Options, { commit, program }: Build): Promise<void> => {
  const begun = performance.now();
  const gpu = await openGpu(options.flags);
  surviveOthers((line) => print([line]));
  const versions: Record<string, string> = { node: process.version, webgpu: pinned.webgpu };
  const noting = <T extends { readonly version: string }>(
    name: string,
    open: () => Promise<T>,
  ): (() => Promise<T>) =>
    once(async () => {
      const peer = await open();
      versions[name] = peer.version;
      return peer;
    });
  let closeTorch = (): void => {};
  const lab: Lab = {
    gpu,
    program,
    onnx: noting("onnxruntime-web", () => openOnnx(gpu)),
    tfjs: noting("tfjs", () => openTfjs(gpu)),
    jax: noting("jax-js", () => openJax(gpu)),
    torch: noting("PyTorch", async () => {
      const torch = await openTorch(options.python, options.torchDevice);
      closeTorch = torch.close;
      return torch;
    }),
  };
  const about = {
    started: new Date().toISOString(),
    commit,
    adapter: gpu.adapter,
    features: gpu.features,
    flags: options.flags,
    scale: options.scale,
    rounds: options.rounds,
    seconds: options.seconds,
    versions,
  };
  print([`${gpu.adapter}; ${options.flags.join(" ")}; commit ${commit}; ${options.scale} sizes`]);
  mkdirSync(dirname(options.out), { recursive: true });
  const wanted = ({ name }: Work): boolean =>
    options.only.length === 0 || options.only.some((start) => name.startsWith(start));
  const works = [...yardsticks(options.scale), ...allWorks(options.scale).filter(wanted)];
  await measureAll(
    works,
    { seconds: options.seconds, begun },
    (work, until) => measure(work, lab, options.peers, options.rounds, until),
    (one, measured) => {
      print(reportLines(one, measured));
      writeResults(options.out, about, measured);
    },
  );
  closeTorch();
  print([`${((performance.now() - begun) / 1000).toFixed(0)} s; results in ${options.out}`]);
};
