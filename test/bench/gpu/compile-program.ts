// A program of the benchmark from its source: for running here, and as the text of a module to be packed.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { instantiate } from "../../../compiler/backends/instantiate.ts";
import { emitPlain } from "../../../compiler/backends/plain.ts";
import { noPlaces } from "../../../compiler/backends/places.ts";
import { webgpuBackend } from "../../../compiler/backends/wgsl/index.ts";
import { compile, lower } from "../../../compiler/index.ts";
import type { Module } from "../../../compiler/index.ts";
import type { Program, ProgramSpec } from "./programs.ts";

const moduleOf = ({ file, name, sizes = {}, settings = {}, precision }: ProgramSpec): Module => {
  const { modules, diagnostics } = compile({
    entry: fileURLToPath(new URL(`programs/${file}`, import.meta.url)),
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

export const compileProgram = async (spec: ProgramSpec): Promise<Program> =>
  instantiate(moduleOf(spec), { backend: webgpuBackend });

/** `create` of the module takes functions of the runtime and gives the program. */
export const emitProgram = (spec: ProgramSpec): string =>
  emitPlain(lower(moduleOf(spec), { target: webgpuBackend.costs }), webgpuBackend, noPlaces);
