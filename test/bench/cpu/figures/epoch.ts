// An epoch of `dlm train` on Fashion-MNIST beside one of PyTorch, which has the data in memory.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programs } from "../programs.ts";
import { runChild } from "./built.ts";
import { medianOf } from "./figure.ts";
import type { Bench, Figure, Survey } from "./figure.ts";
import { inWebAssembly, sharesOf } from "./profile.ts";

/** Where Debian's package `dataset-fashion-mnist` puts it. */
const folder = "/usr/share/datasets/fashion-mnist";
const images = `${folder}/train-images-idx3-ubyte.gz`;
const labels = `${folder}/train-labels-idx1-ubyte.gz`;
const epochs = 3;
const mostProcesses = 5;

type Line = {
  readonly text: string;
  readonly at: number;
  readonly wall: number;
  readonly us: number;
  readonly inKernels: number;
};

type Trained = { readonly lines: readonly Line[]; readonly whole: number };

type How = {
  readonly clock: Bench["clock"];
  /** Options of Node. */
  readonly node?: readonly string[];
  /** Of the command. */
  readonly more?: readonly string[];
};

const train = ({ clock, node = [], more = [] }: How): Promise<Trained> => {
  const recipe = fileURLToPath(new URL("fashion.dlm", programs));
  const options = ["--backend", "wasm", "--epochs", String(epochs), "--json", ...more];
  const data = ["--data", `x=${images}`, `label=${labels}`];
  return runChild("command.mjs", { clock, node, args: ["train", recipe, ...options, ...data] });
};

/** The line with which each epoch begins, and the last ends. */
const bounds = ({ lines }: Trained): readonly Line[] =>
  lines.filter(({ text }) => /^\{"event":"(start|epoch)"/.test(text));

type Epoch = { readonly ms: number; readonly outside: number };

const epochsOf = (trained: Trained): readonly Epoch[] => {
  const at = bounds(trained);
  return at.slice(1).map((end, k) => {
    const begun = at[k]!;
    const inKernels = (end.inKernels - begun.inKernels) / (end.wall - begun.wall);
    return { ms: end.at - begun.at, outside: 1 - inKernels };
  });
};

/** What an epoch does besides kernels, the most first. */
const besides = async (clock: Bench["clock"]): Promise<string> => {
  const profile = mkdtempSync(join(tmpdir(), "dlm-epoch-"));
  try {
    const at = bounds(await train({ clock, node: ["--cpu-prof", "--cpu-prof-dir", profile] }));
    return sharesOf(profile, at[0]!.us, at.at(-1)!.us)
      .filter(({ name }) => name !== inWebAssembly)
      .slice(0, 6)
      .map(({ name, part }) => `${name} ${(100 * part).toFixed(1)} %`)
      .join(", ");
  } finally {
    rmSync(profile, { recursive: true });
  }
};

const measure = async ({ clock, rounds, torch }: Bench): Promise<readonly Figure[]> => {
  if (!existsSync(images))
    throw new Error(`there is no ${images}: the package dataset-fashion-mnist of Debian has it`);
  const peer = await torch()
    .then((opened) => opened.runner(`epoch ${folder}`, {}))
    .catch(() => null);
  const runs: { readonly epochs: readonly Epoch[]; readonly whole: number }[] = [];
  const others: number[] = [];
  const fused: Epoch[] = [];
  for (let n = 0; n < Math.min(rounds, mostProcesses); n++) {
    const trained = await train({ clock });
    fused.push(...epochsOf(await train({ clock, more: ["--fma"] })).slice(1));
    runs.push({ epochs: epochsOf(trained), whole: trained.whole });
    for (let k = 0; peer !== null && k < epochs; k++) others.push(await peer.sample(1));
  }
  await peer?.dispose();
  const most = others.length === 0 ? null : Math.min(...others);
  const figure = (what: string, of: readonly number[], aim: number | null): Figure => ({
    what,
    value: Math.min(...of),
    unit: "ms",
    most: aim,
    note: `least of ${of.length}, median ${medianOf(of).toFixed(0)} ms`,
  });
  const later = runs.flatMap((run) => run.epochs.slice(1));
  const alone = runs.map(({ whole, epochs: [, ...more] }) =>
    more.reduce((rest, { ms }) => rest - ms, whole),
  );
  return [
    figure(
      "the first epoch of a process",
      runs.map((run) => run.epochs[0]!.ms),
      most,
    ),
    figure(
      "later ones",
      later.map(({ ms }) => ms),
      most,
    ),
    figure(
      "later ones with `--fma`, as in newer engines than Node 20",
      fused.map(({ ms }) => ms),
      null,
    ),
    ...(most === null ? [] : [figure("PyTorch's, eager, one thread", others, null)]),
    figure("the whole process for one epoch: compiles, reads, trains, measures", alone, null),
    {
      what: "of later epochs outside of kernels",
      value: 100 * Math.min(...later.map(({ outside }) => outside)),
      unit: "%",
      most: null,
      note: await besides(clock),
    },
  ];
};

export const epoch: Survey = {
  name: "epoch-fashion",
  what: "Fashion-MNIST, 784-128-10, batches of 64, Adam: 60,000 examples by `dlm train`",
  measure,
};
