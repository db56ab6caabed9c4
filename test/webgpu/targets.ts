// A recipe on both targets: emitted TypeScript, and WebGPU on SwiftShader.

import type { Backend } from "../../compiler/backends/backend.ts";
import { bestTeam } from "../../compiler/backends/wgsl/choose-team.ts";
import type { Team } from "../../compiler/backends/wgsl/combine-lanes.ts";
import { createWebgpuBackend } from "../../compiler/backends/wgsl/index.ts";
import type { Choices } from "../../compiler/backends/wgsl/plan-launches.ts";
import { chooseTile } from "../../compiler/backends/wgsl/tiles.ts";
import type { TrainProgram } from "../../runtime/abi.ts";
import { smallTile } from "../backends/wgsl/contractions.ts";
import { compileRecipe } from "../runtime/recipe.ts";

/** Needs no more memory than any other. */
const smallTeam: Team = { elements: 1, lanes: 4, isAlong: true };

/**
 * SwiftShader takes 5 to 15 s to compile a large tile, and runs workgroups with barriers slowly: launches that would have
 * a large tile or team have a small one.
 */
export const small: Partial<Choices> = {
  tileOf: (contraction) => (chooseTile(contraction) === null ? null : smallTile),
  teamOf: (...launch) => (bestTeam(...launch).team === null ? null : smallTeam),
};
export const onSwiftShader: Backend = createWebgpuBackend(small);

export type Programs = { readonly typescript: TrainProgram; readonly webgpu: TrainProgram };

export const compileBoth = async (text: string): Promise<Programs> => ({
  typescript: await compileRecipe(text),
  webgpu: await compileRecipe(text, onSwiftShader),
});
