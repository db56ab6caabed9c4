// Trains an example through the command line, as its README says, and reads the results.

import { expect } from "vitest";
import { runDlm } from "../cli/run-dlm.ts";

type Metrics = Readonly<Record<string, number>>;
export type Results = { readonly train: Metrics; readonly test: Metrics; readonly steps: number };

export const trainExample = async (args: readonly string[]): Promise<Results> => {
  const { code, out, err } = await runDlm(["train", ...args, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out.trim().split("\n").at(-1)!) as Results;
};

export const seeds = [0, 1, 2, 3, 4] as const;

/** Mean test accuracy over the seeds. */
export const meanAccuracy = async (args: readonly string[]): Promise<number> => {
  let sum = 0;
  for (const seed of seeds)
    sum += (await trainExample([...args, "--seed", String(seed)])).test["accuracy"]!;
  return sum / seeds.length;
};
