// Runs kernels as shaders: many of them are one module, and many runs one submission.

import type { Binding } from "../../../compiler/backends/wgsl/bindings.ts";
import { emitShader, sourceOf, workgroupsOf } from "../../../compiler/backends/wgsl/shader.ts";
import type { Choices } from "../../../compiler/backends/wgsl/plan-launches.ts";
import type { Shader, ShaderKernel } from "../../../compiler/backends/wgsl/shader.ts";
import { noPlaces } from "../../../compiler/backends/places.ts";
import { evaluateDim } from "../../../compiler/ir/dim.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { tensor } from "../../../compiler/kernel/tensor.ts";
import { computeStage, mapRead, usage } from "../../../runtime/webgpu/flags.ts";
import { abilitiesOf, headOf, moduleText, noAbilities } from "../../../runtime/webgpu/abilities.ts";
import type { Abilities } from "../../../runtime/webgpu/abilities.ts";
import type { Tensor } from "../../../compiler/kernel/tensor.ts";
import { floatsOf } from "../../../runtime/half.ts";
import { packHalves } from "./half.ts";

export type Sizes = ReadonlyMap<string, number>;
export type Buffers = ReadonlyMap<string, Tensor>;
/** Params, and what results hold before. */
export type Run = { readonly kernel: Kernel; readonly sizes: Sizes; readonly buffers: Buffers };

/** The text of devices with such abilities, said for others. */
export type Emulation = {
  readonly abilities: Abilities;
  readonly rewrite: (text: string) => string;
};

/** Which buffers of a kernel are halves. */
export type HalvesOf = (kernel: Kernel) => ReadonlySet<string>;
/** Every buffer of floats. */
export const allHalves: HalvesOf = ({ params, results }) =>
  new Set([...params, ...results].flatMap(({ name, dtype }) => (dtype === "f32" ? [name] : [])));

const noHalves: HalvesOf = () => new Set();

/** As a host puts it together. */
export const textOf = ({ module }: Shader, abilities: Abilities = noAbilities): string =>
  headOf(abilities) + moduleText(module, abilities);

const wordsOf = ({ dtype, data }: Tensor): Int32Array =>
  dtype === "f32" ? new Int32Array(Float32Array.from(data).buffer) : Int32Array.from(data);

const tensorOf = ({ dtype, shape }: Tensor, words: Int32Array): Tensor =>
  tensor(dtype, shape, dtype === "f32" ? new Float32Array(words.slice().buffer) : words);

/** Where the buffers of a run begin where they lie in one piece; what is between them is not theirs. */
const offsetsOn = (run: Run): ReadonlyMap<string, number> => {
  const offsets = new Map<string, number>();
  let end = 3;
  for (const [name, { data }] of run.buffers) {
    offsets.set(name, end);
    end += data.length + 5;
  }
  return offsets;
};

type Bound = {
  readonly binding: Binding;
  readonly buffer: GPUBuffer;
  /** Where in it each result lies. */
  readonly at: ReadonlyMap<string, number>;
};

const bindAll = (
  device: GPUDevice,
  shader: ShaderKernel,
  run: Run,
  halves: ReadonlySet<string>,
): readonly Bound[] => {
  const heap = offsetsOn(run);
  const holding = (words: Int32Array, kind: number): GPUBuffer => {
    const size = Math.max(16, Math.ceil(words.byteLength / 16) * 16);
    const buffer = device.createBuffer({ size, usage: kind | usage.copySource | usage.copyTarget });
    device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  };
  return shader.bindings.map((binding): Bound => {
    switch (binding.kind) {
      case "piece": {
        const [name, second] = binding.buffers;
        if (second === undefined) {
          const own = run.buffers.get(name!)!;
          const words = halves.has(name!) ? packHalves([...own.data]) : wordsOf(own);
          const at = new Map([[name!, 0]]);
          return { binding, buffer: holding(words, usage.storage), at };
        }
        const words = new Int32Array(
          3 + [...run.buffers.values()].reduce((n, { data }) => n + data.length + 5, 0),
        ).fill(0x7fc00001);
        for (const [name, t] of run.buffers) words.set(wordsOf(t), heap.get(name)!);
        return { binding, buffer: holding(words, usage.storage), at: heap };
      }
      case "scratch": {
        const words = new Int32Array(evaluateDim(binding.words, run.sizes)).fill(0x7fc00001);
        return { binding, buffer: holding(words, usage.storage), at: new Map() };
      }
      case "numbers": {
        const numbers = shader.numbers.map((n) =>
          n.kind === "size" ? run.sizes.get(n.name)! : heap.get(n.buffer)!,
        );
        return { binding, buffer: holding(Int32Array.from(numbers), usage.uniform), at: new Map() };
      }
    }
  });
};

const layoutType = (binding: Binding): GPUBufferBindingType => {
  if (binding.kind === "numbers") return "uniform";
  return binding.kind === "piece" && binding.access === "read" ? "read-only-storage" : "storage";
};

export const layoutOf = (device: GPUDevice, bindings: readonly Binding[]): GPUBindGroupLayout =>
  device.createBindGroupLayout({
    entries: bindings.map((binding, k) => ({
      binding: k,
      visibility: computeStage,
      buffer: { type: layoutType(binding) },
    })),
  });

/**
 * Results of each run by name, computed with subgroups where the device was asked for them. A module that does not compile, or a launch that is not valid, throws.
 */
export const runShaders = async (
  device: GPUDevice,
  runs: readonly Run[],
  choices?: Partial<Choices>,
  halvesOf = noHalves,
  emulation: Emulation | null = null,
): Promise<readonly Buffers[]> => {
  const kernels = [...new Set(runs.map(({ kernel }) => kernel))];
  const sources = kernels.map((kernel) => sourceOf(kernel, halvesOf(kernel)));
  const shader = emitShader(sources, noPlaces, choices);
  const own = await abilitiesOf(device);
  const { abilities, rewrite } = emulation ?? { abilities: own, rewrite: (text: string) => text };
  const code = rewrite(textOf(shader, abilities));
  /** Of two bytes. */
  const packed = own.halves ? halvesOf : noHalves;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const wrong = (await module.getCompilationInfo()).messages.find(({ type }) => type === "error");
  if (wrong !== undefined) throw new Error(`line ${wrong.lineNum}: ${wrong.message}`);
  const pipelines = await Promise.all(
    shader.kernels.map(async (one) => {
      const layout = layoutOf(device, one.bindings);
      const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
      const launches = await Promise.all(
        one.launches.map((launch) =>
          device.createComputePipelineAsync({
            layout: pipelineLayout,
            compute: { module, entryPoint: launch.entryPoint },
          }),
        ),
      );
      return { layout, launches };
    }),
  );
  const encoder = device.createCommandEncoder();
  const copies = runs.map((run) => {
    const k = kernels.indexOf(run.kernel);
    const one = shader.kernels[k]!;
    const { layout, launches } = pipelines[k]!;
    const bound = bindAll(device, one, run, packed(run.kernel));
    const group = device.createBindGroup({
      layout,
      entries: bound.map(({ buffer }, binding) => ({ binding, resource: { buffer } })),
    });
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, group);
    one.launches.forEach((launch, step) => {
      const { elements: inTiles, matrices } = launch;
      const elements = evaluateDim((abilities.matrices ? matrices : null) ?? inTiles, run.sizes);
      if (elements === 0) return;
      pass.setPipeline(launches[step]!);
      pass.dispatchWorkgroups(...workgroupsOf(launch, elements));
    });
    pass.end();
    return run.kernel.results.map(({ name }) => {
      const from = bound.find(({ at }) => at.has(name))!;
      const size = 4 * run.buffers.get(name)!.data.length;
      const target = device.createBuffer({
        size: Math.max(size, 4),
        usage: usage.mapRead | usage.copyTarget,
      });
      if (size > 0)
        encoder.copyBufferToBuffer(from.buffer, 4 * from.at.get(name)!, target, 0, size);
      return { name, target, size };
    });
  });
  device.queue.submit([encoder.finish()]);
  const found: Buffers[] = [];
  for (const [k, run] of runs.entries()) {
    const tensors = new Map<string, Tensor>();
    for (const { name, target, size } of copies[k]!) {
      await target.mapAsync(mapRead);
      const words = new Int32Array(target.getMappedRange().slice(0, size));
      target.unmap();
      const before = run.buffers.get(name)!;
      const { dtype, shape, data } = before;
      tensors.set(
        name,
        packed(run.kernel).has(name)
          ? tensor(dtype, shape, [...floatsOf(words, data.length)])
          : tensorOf(before, words),
      );
    }
    found.push(tensors);
  }
  const error = await device.popErrorScope();
  if (error !== null) throw new Error(error.message);
  return found;
};
