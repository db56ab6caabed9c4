// A kernel by itself, computed in given ways: what a device needs to run it, and to time some of its launches.

import type { DeviceProgram } from "../../../runtime/webgpu/program.ts";
import type { Trial } from "../../../runtime/webgpu/trials.ts";
import { workgroupsFor } from "../../../runtime/webgpu/workgroups.ts";
import { noPlaces } from "../places.ts";
import { deviceText } from "./device-text.ts";
import type { Choices } from "./plan-launches.ts";
import { emitShader } from "./shader.ts";
import type { ShaderSource } from "./shader.ts";

/** A kernel as it is somewhere in a program. */
export type Sample = ShaderSource & {
  /** Values of the sizes that are open. */
  readonly sizes: ReadonlyMap<string, number>;
};

/** `timed`: positions of launches; null for all. */
export const trialOf = async (
  { kernel, sharing, sizes }: Sample,
  choices: Partial<Choices>,
  timed: readonly number[] | null,
): Promise<Trial> => {
  const shader = emitShader([{ kernel, sharing }], noPlaces, choices);
  const program = await imported(deviceText([shader], noPlaces, { parts: [0], needs: [] }));
  const buffers = [...kernel.params, ...kernel.results];
  return {
    program,
    sizes: kernel.sizes.map((name) => sizes.get(name)!),
    kinds: buffers.map(({ dtype }, k) => {
      if (dtype !== "f32") return "whole";
      return sharing.halves[k] === true ? "half" : "f32";
    }),
    results: kernel.results.map((_, k) => kernel.params.length + k),
    timed: timed ?? [...program.kernels[0]!.launches.keys()],
  };
};

/** What a module would hold of it. */
const imported = async (text: string): Promise<DeviceProgram> => {
  const module = `export const create = (workgroupsFor) => (${text});`;
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(module)}`;
  const { create } = (await import(/* @vite-ignore */ url)) as {
    readonly create: (groups: typeof workgroupsFor) => DeviceProgram;
  };
  return create(workgroupsFor);
};
