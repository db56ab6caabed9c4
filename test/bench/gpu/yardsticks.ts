// What the device does at best, by shaders that do nothing else: copying, multiplying and adding, and nothing at all.

import { usage } from "../../../runtime/webgpu/flags.ts";
import { noise } from "../shared/noise.ts";
import { readRanges } from "./replay.ts";
import { called, queued } from "./work.ts";
import type { Lab, Runner, Scale, Work } from "./work.ts";

const copyShader = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let first = (group.y * groups.x + group.x) * 1024u + member;
  for (var k = 0u; k < 4u; k++) {
    let at = first + k * 256u;
    if (at < arrayLength(&x)) { y[at] = x[at]; }
  }
}`;

const fmaRounds = 512;
/** 16 chains of four lanes each; what they start from keeps them from being folded. */
const fmaShader = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = x[0];
  let b = x[1];
${Array.from({ length: 16 }, (_, k) => `  var s${k} = x[${k}] + vec4f(f32(id.x));`).join("\n")}
  for (var round = 0u; round < ${fmaRounds}u; round++) {
${Array.from({ length: 16 }, (_, k) => `    s${k} = fma(s${k}, a, b);`).join("\n")}
  }
  y[id.x] = ${Array.from({ length: 16 }, (_, k) => `s${k}`).join(" + ")};
}`;

const emptyShader = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0xffffffffu) { y[0] = x[0]; }
}`;

type Shaded = {
  readonly device: GPUDevice;
  readonly run: (times?: number) => void;
  readonly to: GPUBuffer;
  readonly dispose: () => void;
};

const shade = async (
  { gpu: { gpu } }: Lab,
  code: string,
  given: Float32Array,
  bytes: number,
  workgroups: readonly [number, number],
): Promise<Shaded> => {
  const adapter = (await gpu.requestAdapter({ powerPreference: "high-performance" }))!;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const [from, to] = [given.byteLength, bytes].map((size) =>
    device.createBuffer({ size, usage: usage.storage | usage.copySource | usage.copyTarget }),
  ) as [GPUBuffer, GPUBuffer];
  device.queue.writeBuffer(from, 0, given as Float32Array<ArrayBuffer>);
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [from, to].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return {
    device,
    to,
    run: (times = 1) => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let n = 0; n < times; n++) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...workgroups);
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    dispose: () => device.destroy(),
  };
};

const runnerOf = ({ device, run, dispose }: Shaded, outputs: Runner["outputs"]): Runner => ({
  ...queued(run, () => device.queue.onSubmittedWorkDone()),
  outputs,
  dispose,
});

/** A dispatch that does nothing, and 40 bytes read after it: the least that a call of a model takes. */
export const emptyCallRunner = async (lab: Lab): Promise<Runner> => {
  const shaded = await shade(lab, emptyShader, new Float32Array(64), 256, [1, 1]);
  const { device, run, to, dispose } = shaded;
  const call = async (): Promise<void> => {
    run();
    await readRanges(device, [{ buffer: to, offset: 0, bytes: 40 }]);
  };
  return {
    ...called(call),
    outputs: null,
    dispose,
    note: "one empty dispatch and a read",
  };
};

/** Dispatches that do nothing, in one pass. */
export const emptyChainRunner = async (lab: Lab, dispatches: number): Promise<Runner> => {
  const shaded = await shade(lab, emptyShader, new Float32Array(64), 256, [1, 1]);
  return {
    ...runnerOf({ ...shaded, run: () => shaded.run(dispatches) }, null),
    note: `${dispatches} empty dispatches`,
  };
};

export const yardsticks = (scale: Scale): readonly Work[] => {
  const words = scale === "full" ? 64 * 2 ** 20 : 2 ** 16;
  const groups = scale === "full" ? 4096 : 4;
  return [
    {
      name: "copy",
      what: `copying ${(4 * words) / 2 ** 20} MiB`,
      amount: { kind: "bytes", count: 8 * words },
      bar: "",
      programs: [],
      start: async (lab) => {
        const given = noise(words);
        const at = [0, 1, words - 1];
        return {
          expected: [{ at, values: at.map((k) => given[k]!) }],
          tolerance: 0,
          open: {
            WGSL: async () => {
              const wide = words / 4096;
              const grid =
                wide > 65535 ? ([65535, Math.ceil(wide / 65535)] as const) : ([wide, 1] as const);
              const shaded = await shade(lab, copyShader, given, 4 * words, grid);
              return runnerOf(shaded, async () => {
                shaded.run();
                return readRanges(shaded.device, [
                  { buffer: shaded.to, offset: 0, bytes: 4 * words },
                ]);
              });
            },
          },
        };
      },
    },
    {
      name: "fma",
      what: "multiplying and adding in registers",
      amount: { kind: "flop", count: groups * 256 * fmaRounds * 16 * 4 * 2 },
      bar: "",
      programs: [],
      start: async (lab) => ({
        expected: null,
        tolerance: 0,
        open: {
          WGSL: async () => {
            const given = noise(64).fill(0.5, 0, 4);
            return runnerOf(await shade(lab, fmaShader, given, groups * 4096, [groups, 1]), null);
          },
        },
      }),
    },
  ];
};
