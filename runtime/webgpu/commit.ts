// Lets launches run only where losses are finite and indices right, in this run and those before: a shader writes how many
// workgroups each has.
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

export type Commit = {
  readonly after: (
    losses: readonly Part[],
    status: Part | null,
    workgroups: readonly (readonly [x: number, y: number, z: number])[],
  ) => Committed;
  /** Forgets that a loss was not finite. */
  readonly goOn: () => void;
  readonly dispose: () => void;
};

/** An infinity or NaN has all bits of the exponent. Runs sent behind one that fails find `failed` set, and let nothing run. */
const shaderOf = (losses: number, hasStatus: boolean): string => {
  const names = [
    ...Array.from({ length: losses }, (_, k) => `loss${k}`),
    ...(hasStatus ? ["status"] : []),
  ];
  const bindings = names.map(
    (name, k) => `@group(0) @binding(${k}) var<storage, read> ${name}: array<u32>;\n`,
  );
  const tests = names.map((name) =>
    name === "status" ? "status[0] == 0u" : `(${name}[0] & 0x7f800000u) != 0x7f800000u`,
  );
  const next = names.length;
  return `${bindings.join("")}@group(0) @binding(${next}) var<storage, read> wanted: array<u32>;
@group(0) @binding(${next + 1}) var<storage, read_write> given: array<u32>;
@group(0) @binding(${next + 2}) var<storage, read_write> failed: atomic<u32>;

@compute @workgroup_size(${groupSize})
fn commit(@builtin(global_invocation_id) at: vec3u) {
  let isFine = ${tests.join(" && ")};
  if (!isFine) {
    atomicStore(&failed, 1u);
  }
  if (at.x < arrayLength(&wanted)) {
    given[at.x] = select(0u, wanted[at.x], isFine && atomicLoad(&failed) == 0u);
  }
}
`;
};

/** Pipelines by how many losses there are, and whether there is a status; losses of a program are few. */
export const createCommit = (device: GPUDevice): Commit => {
  const pipelines = new Map<string, GPUComputePipeline>();
  const failed = device.createBuffer({ size: 4, usage: usage.storage | usage.copyTarget });
  const pipelineFor = (losses: number, hasStatus: boolean): GPUComputePipeline => {
    const key = `${losses} ${hasStatus}`;
    const known = pipelines.get(key);
    if (known !== undefined) return known;
    const module = device.createShaderModule({ code: shaderOf(losses, hasStatus) });
    const made = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "commit" },
    });
    pipelines.set(key, made);
    return made;
  };
  const after: Commit["after"] = (losses, status, workgroups) => {
    // Runs behind this one have to know of it even where nothing waits in this one.
    const words = Uint32Array.from(workgroups.length === 0 ? [0, 0, 0] : workgroups.flat());
    const wanted = device.createBuffer({
      size: words.byteLength,
      usage: usage.storage | usage.copyTarget,
    });
    device.queue.writeBuffer(wanted, 0, words);
    const table = device.createBuffer({
      size: words.byteLength,
      usage: usage.storage | usage.indirect,
    });
    const tested = status === null ? losses : [...losses, status];
    const pipeline = pipelineFor(losses.length, status !== null);
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        ...tested.map(({ buffer, start }) => ({ buffer, offset: 4 * start, size: 4 })),
        { buffer: wanted },
        { buffer: table },
        { buffer: failed },
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
  return {
    after,
    goOn: () => device.queue.writeBuffer(failed, 0, new Uint32Array(1)),
    dispose: () => failed.destroy(),
  };
};
