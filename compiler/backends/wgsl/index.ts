// The WebGPU backend: every kernel a compute shader, every dispatch an item of the list that a device runs.

import { webgpu } from "../../costs/webgpu.ts";
import { CompilerBug } from "../../../grammar/bug.ts";
import { argText } from "../call-text.ts";
import type { Backend } from "../backend.ts";
import { programName } from "../program-name.ts";
import { spellSize } from "../typescript/emit-size.ts";
import { deviceReports, needsOf } from "./device-needs.ts";
import { deviceText } from "./device-text.ts";
import { emitShader } from "./shader.ts";
import type { Figures } from "../../../runtime/webgpu/figures.ts";
import type { Choices } from "./plan-launches.ts";
import type { Shader, ShaderSource } from "./shader.ts";
import { sharingKey, sharingOf } from "./sharing.ts";
import { anyDevice } from "./tiles.ts";
import { storedParts } from "./stored-parts.ts";

/** Kernels of one shader module: a driver goes through all of a module for each of its pipelines. */
const perModule = 8;

/** `choices`: of tiles, teams and splits, each as of `Choices`. `mostStored`: words of stored tensors in one buffer. */
export const createWebgpuBackend = (
  choices: Partial<Choices> = {},
  mostStored?: number,
): Backend => ({
  target: "webgpu",
  costs: webgpu,
  reports: deviceReports,
  emitKernels: (plan, places) => {
    const numbers = new Map<string, number>();
    const sources: ShaderSource[] = [];
    const numberOf = plan.entries.map((entryPlan) =>
      entryPlan.dispatches.map((dispatch) => {
        const { kernel } = plan.kernels[dispatch.kernel]!;
        const sharing = sharingOf(entryPlan, dispatch, kernel);
        const key = `${dispatch.kernel} ${sharingKey(sharing)}`;
        const known = numbers.get(key);
        if (known !== undefined) return known;
        numbers.set(key, sources.length);
        sources.push({ kernel, sharing });
        return sources.length - 1;
      }),
    );
    const shaders: Shader[] = [];
    for (let k = 0; k < sources.length; k += perModule)
      shaders.push(emitShader(sources.slice(k, k + perModule), places, choices));
    const text = deviceText(shaders, places, {
      parts: storedParts(plan, mostStored),
      needs: needsOf(plan),
    });
    const name = `${programName(plan.module.name)}Device`;
    return {
      functions: [],
      panelWords: 0,
      imports: ["webgpuHost", ...(text.includes("workgroupsFor(") ? ["workgroupsFor"] : [])],
      constants: [{ name, type: "DeviceProgram", text }],
      open: `webgpuHost(${name})`,
      dispatch: (entry, position, loops) => {
        const { args, sizes, kernel } = plan.entries[entry]!.dispatches[position]!;
        const { params, results } = plan.kernels[kernel]!.kernel;
        const offsets = args.slice(0, params.length + results.length);
        const number = numberOf[entry]?.[position];
        if (number === undefined) throw new CompilerBug(`dispatch ${position} has no shader`);
        const list = offsets.map((arg) => argText(arg, loops)).join(", ");
        return `d.launch(${number}, [${list}], [${sizes.map(spellSize).join(", ")}]);`;
      },
      commit: (slots) => `d.commit([${slots.map((slot) => `o[${slot}]!`).join(", ")}]);`,
      run: (statements, sizes) => `(_heap, o, ${sizes ?? "_sizes"}, d) => {\n${statements}\n}`,
    };
  },
});

export const webgpuBackend: Backend = createWebgpuBackend();

/** Chooses by what things cost on one device, as `calibrate` of the runtime measured it. */
export const webgpuBackendFor = (figures: Figures): Backend =>
  createWebgpuBackend({ device: { ...anyDevice, figures } });
