// Compiles every kernel of programs as a shader on Dawn's null backend, which has the limits of browsers.

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { emitShader, sourceOf } from "../../../compiler/backends/wgsl/shader.ts";
import type { Shader } from "../../../compiler/backends/wgsl/shader.ts";
import { createPrelude } from "../../../compiler/frontend/index.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { createKernelKey } from "../../../compiler/lower/kernel-key.ts";
import { lower } from "../../../compiler/lower/lower.ts";
import { compile } from "../../../compiler/pipeline.ts";
import { noAbilities } from "../../../runtime/webgpu/abilities.ts";
import type { Abilities } from "../../../runtime/webgpu/abilities.ts";
import { layoutOf, textOf } from "./run-shader.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Paths of all programs in a folder of the repository. */
export const programsIn = (folder: string): readonly string[] =>
  readdirSync(`${root}${folder}`).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(`${root}${path}`).isDirectory()) return programsIn(path);
    return name.endsWith(".dlm") ? [path] : [];
  });

const prelude = createPrelude();

const read = (path: string): string | null =>
  existsSync(`${root}${path}`) && statSync(`${root}${path}`).isFile()
    ? readFileSync(`${root}${path}`, "utf8")
    : null;

/** The kernels of all modules and entries, those for single steps among them. */
export const kernelsOf = (entry: string): readonly Kernel[] =>
  compile({ entry, read, prelude, specialize: {} }).modules.flatMap((module) =>
    lower(module).kernels.map(({ kernel }) => kernel),
  );

/** What the device says against a shader; null where nothing. */
export const refusalOf = async (
  device: GPUDevice,
  shader: Shader,
  code = textOf(shader),
): Promise<string | null> => {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  for (const { bindings, launches } of shader.kernels) {
    const layout = device.createPipelineLayout({
      bindGroupLayouts: [layoutOf(device, bindings)],
    });
    for (const { entryPoint } of launches)
      device.createComputePipeline({ layout, compute: { module, entryPoint } });
  }
  return (await device.popErrorScope())?.message ?? null;
};

export type Checked = {
  readonly kernels: number;
  readonly launches: number;
  /** Kernels whose lanes combine sums in subgroups. */
  readonly inSubgroups: number;
  /** Kernels with so many buffers that they lie in one. */
  readonly inOne: number;
  readonly refused: readonly string[];
};

/** Each distinct kernel once, as for devices with each of these. */
export const checkShaders = async (
  device: GPUDevice,
  paths: readonly string[],
  abilities: readonly Abilities[] = [noAbilities],
): Promise<Checked> => {
  const keyOf = createKernelKey();
  const seen = new Set<string>();
  const refused: string[] = [];
  let [launches, inOne, inSubgroups] = [0, 0, 0];
  for (const path of paths)
    for (const kernel of kernelsOf(path)) {
      const key = keyOf(kernel);
      if (seen.has(key)) continue;
      seen.add(key);
      const shader = emitShader([sourceOf(kernel)]);
      launches += shader.kernels[0]!.launches.length;
      const [first] = shader.kernels[0]!.bindings;
      if (first?.kind === "piece" && first.buffers.length > 1) inOne++;
      if (shader.module.endings.subgroups !== undefined) inSubgroups++;
      for (const text of new Set(abilities.map((one) => textOf(shader, one)))) {
        const refusal = await refusalOf(device, shader, text);
        if (refusal !== null) refused.push(`${path} ${kernel.name}: ${refusal}`);
      }
    }
  return { kernels: seen.size, launches, inOne, inSubgroups, refused };
};
