// A recipe on both targets: emitted TypeScript, and WebGPU on SwiftShader.

import { webgpuBackend } from "../../compiler/backends/wgsl/index.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { compileRecipe } from "../runtime/recipe.ts";

export type Programs = { readonly typescript: TrainProgram; readonly webgpu: TrainProgram };

export const compileBoth = async (text: string): Promise<Programs> => ({
  typescript: await compileRecipe(text),
  webgpu: await compileRecipe(text, webgpuBackend),
});
