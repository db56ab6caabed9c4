// Programs of dlm, compiled to WebAssembly.

import { wasmBackend } from "../../../compiler/backends/wasm/index.ts";
import { noPlaces } from "../../../compiler/backends/places.ts";
import { instantiatePlan } from "../../../compiler/backends/instantiate.ts";
import { lower } from "../../../compiler/index.ts";
import { moduleOf } from "../shared/module-of.ts";
import type { Program } from "../shared/programs.ts";

const programs = new URL("programs/", import.meta.url);

export type Compiled = {
  readonly program: Program;
  /** Whether its code has the instruction that multiplies and adds with one rounding. */
  readonly isFused: boolean;
};

/** `f32x4.relaxed_madd` */
const fused = Buffer.from([0xfd, 0x85, 0x02]);

/** `sizes` are fixed. */
export const compileProgram = async (
  name: string,
  sizes: Readonly<Record<string, number>> = {},
): Promise<Compiled> => {
  const module = moduleOf(programs, { file: "networks.dlm", name, sizes });
  const plan = lower(module, { target: wasmBackend.costs });
  const texts = wasmBackend.emitKernels(plan, noPlaces).constants.map(({ text }) => text);
  const binaries = texts.map((text) => Buffer.from(/"([^"]*)"/.exec(text)?.[1] ?? "", "base64"));
  return {
    program: await instantiatePlan(plan, { backend: wasmBackend }),
    isFused: binaries.some((bytes) => bytes.includes(fused)),
  };
};
