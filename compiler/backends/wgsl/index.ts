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
import { commonFigures } from "../../../runtime/webgpu/figures.ts";
import type { Figures } from "../../../runtime/webgpu/figures.ts";
import type { Precision } from "../../../runtime/abi.ts";
import type { Choices } from "./plan-launches.ts";
import type { Shader, ShaderSource } from "./shader.ts";
import { sharingKey, sharingOf } from "./sharing.ts";
import { anyDevice } from "./tiles.ts";
import { storedParts } from "./stored-parts.ts";
import { measuredIn } from "./tuned.ts";
import type { Tuned, TunedWay } from "./tuned.ts";

/** Kernels of one shader module: a driver goes through all of a module for each of its pipelines. */
const perModule = 8;

/** Choices for the kernels of a plan. */
export type ChoicesFor = (precision: Precision) => Partial<Choices>;

/** `choices`: of tiles, teams and splits, each as of `Choices`. `mostStored`: words of stored tensors in one buffer. */
export const createWebgpuBackend = (choices: Partial<Choices> = {}, mostStored?: number): Backend =>
  backendWith(() => choices, mostStored);

const backendWith = (choicesFor: ChoicesFor, mostStored?: number): Backend => ({
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
    const choices = choicesFor(plan.precision);
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

/** What was measured on a device. */
export type MeasuredDevice = {
  /** What things cost, as `calibrate` of the runtime measured it. */
  readonly figures?: Figures;
  /** The fastest ways, as `dlm tune` measured them. */
  readonly tuned?: Tuned;
  /** Told once where some of these are of no use any more. */
  readonly warn?: (message: string) => void;
};

/** Chooses by what was measured, and else by what things cost. */
export const webgpuBackendFor = (measured: MeasuredDevice): Backend =>
  backendWith(choicesOn(measured));

export const choicesOn = ({
  figures = commonFigures,
  tuned,
  warn = () => {},
}: MeasuredDevice): ChoicesFor => {
  const device = { ...anyDevice, figures };
  if (tuned === undefined) return () => ({ device });
  let isTold = false;
  const stale = ({ kernel, way }: TunedWay): void => {
    if (!isTold) warn(staleText(kernel, way));
    isTold = true;
  };
  return (precision) => ({ device, measured: measuredIn(tuned, precision, stale) });
};

const staleText = (kernel: string, way: string): string =>
  `\`${kernel}\` was measured to be fastest as \`${way}\`, which this version has not: costs say instead, here and where else that is so; \`dlm tune\` measures again`;
