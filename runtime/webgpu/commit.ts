// Lets launches run only where losses are finite: a shader writes how many workgroups each of them has.
import { usage } from "./flags.ts";
import type { Part } from "./memory.ts";
import type { Launch } from "./launches.ts";
import { groupSize } from "./workgroups.ts";

export type Committed = {
  /** Come before all that wait. */
  readonly launches: readonly Launch[];
  /** Workgroups of each launch that waits, three words each. */
  readonly table: GPUBuffer;
  readonly dispose: () => void;
};

/** `tested`: where the losses lie. */
export type Commit = (
  tested: readonly Part[],
  workgroups: readonly (readonly [x: number, y: number, z: number])[],
) => Committed;

/** An infinity or NaN has all bits of the exponent. */
const shaderOf = (losses: number): string => {
  const names = Array.from({ length: losses }, (_, k) => `loss${k}`);
  const bindings = names.map(
    (name, k) => `@group(0) @binding(${k}) var<storage, read> ${name}: array<u32>;\n`,
  );
  const tests = names.map((name) => `(${name}[0] & 0x7f800000u) != 0x7f800000u`);
  return `${bindings.join("")}@group(0) @binding(${losses}) var<storage, read> wanted: array<u32>;
@group(0) @binding(${losses + 1}) var<storage, read_write> given: array<u32>;

@compute @workgroup_size(${groupSize})
fn commit(@builtin(global_invocation_id) at: vec3u) {
  if (at.x < arrayLength(&wanted)) {
    given[at.x] = select(0u, wanted[at.x], ${tests.join(" && ")});
  }
}
`;
};

/** Pipelines by how many losses there are; `losses` of a program are few. */
export const createCommit = (device: GPUDevice): Commit => {
  const pipelines = new Map<number, GPUComputePipeline>();
  const pipelineFor = (losses: number): GPUComputePipeline => {
    const known = pipelines.get(losses);
    if (known !== undefined) return known;
    const module = device.createShaderModule({ code: shaderOf(losses) });
    const made = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "commit" },
    });
    pipelines.set(losses, made);
    return made;
  };
  return (tested, workgroups) => {
    const words = Uint32Array.from(workgroups.flat());
    const wanted = device.createBuffer({
      size: words.byteLength,
      usage: usage.storage | usage.copyTarget,
    });
    device.queue.writeBuffer(wanted, 0, words);
    const table = device.createBuffer({
      size: words.byteLength,
      usage: usage.storage | usage.indirect,
    });
    const pipeline = pipelineFor(tested.length);
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        ...tested.map(({ buffer, start }) => ({ buffer, offset: 4 * start, size: 4 })),
        { buffer: wanted },
        { buffer: table },
      ].map((resource, binding) => ({ binding, resource })),
    });
    const launch: Launch = {
      pipeline,
      group,
      workgroups: [Math.ceil(words.length / groupSize), 1, 1],
      waits: null,
    };
    return {
      launches: [launch],
      table,
      dispose: () => {
        wanted.destroy();
        table.destroy();
      },
    };
  };
};
