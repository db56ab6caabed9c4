// The benchmark: every work in its turn, printed as it comes and kept in a file.

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { openGpu } from "./gpu.ts";
import type { Options } from "./options.ts";
import { textOf } from "../shared/measure.ts";
import { measure } from "./measure.ts";
import { pinned } from "./pinned.ts";
import { openJax } from "./peers/jax.ts";
import { openOnnx } from "./peers/onnx.ts";
import { openTfjs } from "./peers/tfjs.ts";
import { openTorch } from "./peers/torch.ts";
import type { Program, ProgramSpec } from "../shared/programs.ts";
import { reportLines, writeResults } from "./report.ts";
import type { Measured } from "./report.ts";
import type { Lab, Work } from "./work.ts";
import { allWorks } from "./works/index.ts";
import { yardsticks } from "./yardsticks.ts";

/** Made when it is first asked for; where that fails it stays failed. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
};

export type Build = {
  readonly commit: string;
  readonly program: (spec: ProgramSpec) => Promise<Program>;
};

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join("\n")}\n\n`);
};

export const run = async (options: Options, { commit, program }: Build): Promise<void> => {
  const begun = performance.now();
  const end = begun + 1000 * options.seconds;
  const gpu = await openGpu(options.flags);
  // What a library leaves to fail on its own ends nothing else.
  for (const event of ["unhandledRejection", "uncaughtException"])
    process.on(event, (cause: unknown) => {
      print([`nobody waited for this: ${textOf(cause)}`]);
      process.exitCode = 1;
    });
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
  const measured: Measured[] = [];
  for (const [k, work] of works.entries()) {
    const now = performance.now();
    // Twice its share, since most take less.
    const until = Math.min(end, now + (2 * (end - now)) / (works.length - k));
    const skipped = `${options.seconds} s are over`;
    const one: Measured =
      now > end
        ? { work, rows: [], skipped }
        : await measure(work, lab, options.peers, options.rounds, until).catch(
            (cause: unknown): Measured => ({ work, rows: [], skipped: `error: ${textOf(cause)}` }),
          );
    measured.push(one);
    print(reportLines(one, measured));
    writeResults(options.out, about, measured);
  }
  closeTorch();
  print([`${((performance.now() - begun) / 1000).toFixed(0)} s; results in ${options.out}`]);
};
