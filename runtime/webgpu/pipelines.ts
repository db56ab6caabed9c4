// Compiles the shaders of a program: a pipeline for every launch of every kernel.
import { DlmError } from "../errors.ts";
import { computeStage } from "./flags.ts";
import { headOf, moduleText } from "./abilities.ts";
import type { Abilities } from "./abilities.ts";
import type { DeviceBinding, DeviceKernel, DeviceProgram } from "./program.ts";

/** Of one kernel. */
export type KernelPipelines = {
  readonly layout: GPUBindGroupLayout;
  readonly launches: readonly GPUComputePipeline[];
};

/** All at once; throws `bad-shader` with the kernel and its place in the `.dlm` file. */
export const compilePipelines = async (
  device: GPUDevice,
  { modules, kernels }: DeviceProgram,
  abilities: Abilities,
): Promise<readonly KernelPipelines[]> => {
  device.pushErrorScope("validation");
  const head = headOf(abilities);
  const compiled = modules.map((module) =>
    device.createShaderModule({ code: head + moduleText(module, abilities) }),
  );
  const layouts = new Map<string, GPUBindGroupLayout>();
  const layoutFor = (kernel: DeviceKernel): GPUBindGroupLayout => {
    const types = kernel.bindings.map(typeOf);
    const known = layouts.get(types.join());
    if (known !== undefined) return known;
    const layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: computeStage,
        buffer: { type },
      })),
    });
    layouts.set(types.join(), layout);
    return layout;
  };
  const pipelines = kernels.map(async (kernel): Promise<KernelPipelines> => {
    const layout = layoutFor(kernel);
    const all = device.createPipelineLayout({ bindGroupLayouts: [layout] });
    const launches = await Promise.all(
      kernel.launches.map(({ entryPoint }) =>
        device.createComputePipelineAsync({
          layout: all,
          compute: { module: compiled[kernel.module]!, entryPoint },
        }),
      ),
    ).catch(async (cause: unknown) => {
      throw await shaderError(kernel, compiled[kernel.module]!, cause);
    });
    return { layout, launches };
  });
  const [made] = await Promise.all([Promise.allSettled(pipelines), device.popErrorScope()]);
  const failed = made.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return Promise.all(pipelines);
};

const typeOf = (binding: DeviceBinding): GPUBufferBindingType => {
  if (binding.kind === "numbers") return "uniform";
  return binding.kind === "piece" && binding.access === "read" ? "read-only-storage" : "storage";
};

const shaderError = async (
  { name, at }: DeviceKernel,
  module: GPUShaderModule,
  cause: unknown,
): Promise<DlmError> => {
  // What fails to compile is only told to be invalid where it is used.
  const { messages } = await module.getCompilationInfo();
  const wrong = messages.find(({ type }) => type === "error");
  const said =
    wrong === undefined
      ? textOf(cause)
      : `${wrong.message} at ${wrong.lineNum}:${wrong.linePos} of the shader`;
  const place = at === "" ? "" : ` (${at})`;
  return new DlmError(
    "bad-shader",
    `the device refuses the shader of kernel \`${name}\`${place}; this is a bug of dlm, please report it: ${said}`,
    { cause },
  );
};

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
