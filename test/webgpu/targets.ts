// A recipe on both targets: emitted TypeScript, and WebGPU on SwiftShader.

import type { Backend } from "../../compiler/backends/backend.ts";
import { createWebgpuBackend } from "../../compiler/backends/wgsl/index.ts";
import { chooseTile } from "../../compiler/backends/wgsl/tiles.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { smallTile } from "../backends/wgsl/contractions.ts";
import { compileRecipe } from "../runtime/recipe.ts";

/** SwiftShader takes 5 to 15 s to compile a large tile: contractions that would have one have a small one. */
export const onSwiftShader: Backend = createWebgpuBackend({
  tileOf: (contraction) => (chooseTile(contraction) === null ? null : smallTile),
});

export type Programs = { readonly typescript: TrainProgram; readonly webgpu: TrainProgram };

export const compileBoth = async (text: string): Promise<Programs> => ({
  typescript: await compileRecipe(text),
  webgpu: await compileRecipe(text, onSwiftShader),
});
