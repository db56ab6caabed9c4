// The module of a program of the benchmark, from its source.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "../../../compiler/index.ts";
import type { Module } from "../../../compiler/index.ts";
import type { ProgramSpec } from "./programs.ts";

/** `folder` is where its file lies. */
export const moduleOf = (
  folder: URL,
  { file, name, sizes = {}, settings = {}, precision }: ProgramSpec,
): Module => {
  const { modules, diagnostics } = compile({
    entry: fileURLToPath(new URL(file, folder)),
    read: (path) => readFileSync(path, "utf8"),
    specialize: sizes,
    settings,
    ...(precision === undefined ? {} : { precision }),
    steps: false,
  });
  const module = modules.find((one) => one.name === name);
  if (module !== undefined) return module;
  throw new Error(`${file} has no ${name}: ${diagnostics.map((d) => d.message).join("; ")}`);
};
