// A program of the benchmark from its source: for running here, and as the text of a module to be packed.

import { instantiate } from "../../../compiler/backends/instantiate.ts";
import { emitPlain } from "../../../compiler/backends/plain.ts";
import { noPlaces } from "../../../compiler/backends/places.ts";
import { webgpuBackend } from "../../../compiler/backends/wgsl/index.ts";
import { lower } from "../../../compiler/index.ts";
import { moduleOf } from "../shared/module-of.ts";
import type { Program, ProgramSpec } from "../shared/programs.ts";

const programs = new URL("programs/", import.meta.url);

export const compileProgram = async (spec: ProgramSpec): Promise<Program> =>
  instantiate(moduleOf(programs, spec), { backend: webgpuBackend });

/** `create` of the module takes functions of the runtime and gives the program. */
export const emitProgram = (spec: ProgramSpec): string =>
  emitPlain(
    lower(moduleOf(programs, spec), { target: webgpuBackend.costs }),
    webgpuBackend,
    noPlaces,
  );
