// onnxruntime-web on its WebGPU execution provider: inputs and outputs are buffers of the device.

import type * as Ort from "onnxruntime-web";
import { usage } from "../../../../runtime/webgpu/flags.ts";
import type { WatchedGpu } from "../gpu.ts";
import { readRanges } from "../replay.ts";
import { called, queued } from "../work.ts";
import type { Runner } from "../work.ts";
import { writeOnnx } from "../../shared/onnx-model.ts";
import type { OnnxModel } from "../../shared/onnx-model.ts";

export type OnnxPeer = {
  readonly version: string;
  readonly runner: (model: OnnxModel, inputs: Inputs) => Promise<Runner>;
  /** From arrays to arrays, one call after the other. */
  readonly callRunner: (model: OnnxModel, inputs: Inputs) => Promise<Runner>;
};

type Session = Ort.InferenceSession;
type Inputs = Readonly<Record<string, Float32Array>>;
type Bound = {
  readonly device: GPUDevice;
  readonly run: () => Promise<void>;
  /** Where outputs lie. */
  readonly ranges: Parameters<typeof readRanges>[1];
  readonly dispose: () => Promise<void>;
};

const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export const openOnnx = async (_: WatchedGpu): Promise<OnnxPeer> => {
  const ort = (await import("onnxruntime-web/webgpu")) as typeof Ort;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";

  // Without graph capture: what 1.30 repeats here are handles of buffers that it has let go of, which fails or gives
  // something else.
  const create = (model: OnnxModel): Promise<Session> =>
    ort.InferenceSession.create(writeOnnx(model), {
      executionProviders: ["webgpu"],
      preferredOutputLocation: "gpu-buffer",
      logSeverityLevel: 3,
      // What runs on the CPU would not be measured but said to be.
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    });

  const bind = async (model: OnnxModel, session: Session, inputs: Inputs): Promise<Bound> => {
    const device = await ort.env.webgpu.device;
    const buffers: GPUBuffer[] = [];
    const tensorOf = (dims: readonly number[], data: Float32Array | null): Ort.Tensor => {
      const buffer = device.createBuffer({
        size: Math.ceil((4 * sizeOf(dims)) / 16) * 16,
        usage: usage.storage | usage.copySource | usage.copyTarget,
      });
      if (data !== null) device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
      buffers.push(buffer);
      return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: [...dims] });
    };
    const feeds = Object.fromEntries(
      Object.entries(model.inputs).map(([name, dims]) => [name, tensorOf(dims, inputs[name]!)]),
    );
    const fetches = Object.fromEntries(
      Object.entries(model.outputs).map(([name, dims]) => [name, tensorOf(dims, null)]),
    );
    return {
      device,
      run: async () => {
        await session.run(feeds, fetches);
      },
      ranges: Object.entries(model.outputs).map(([name, dims]) => ({
        buffer: fetches[name]!.gpuBuffer as unknown as GPUBuffer,
        offset: 0,
        bytes: 4 * sizeOf(dims),
      })),
      dispose: async () => {
        await session.release();
        for (const buffer of buffers) buffer.destroy();
      },
    };
  };

  return {
    version: ort.env.versions.web!,
    runner: async (model, inputs) => {
      const { device, run, ranges, dispose } = await bind(model, await create(model), inputs);
      const read = async (): Promise<readonly Float32Array[]> => {
        await run();
        return readRanges(device, ranges);
      };
      const outputs = await read().catch(async (cause: unknown) => {
        await dispose();
        throw cause;
      });
      return {
        ...queued(run, () => device.queue.onSubmittedWorkDone()),
        outputs: async () => outputs,
        dispose,
      };
    },
    callRunner: async (model, inputs) => {
      const session = await ort.InferenceSession.create(writeOnnx(model), {
        executionProviders: ["webgpu"],
        logSeverityLevel: 3,
      });
      const run = async (): Promise<readonly Float32Array[]> => {
        const feeds = Object.entries(model.inputs).map(([name, dims]) => [
          name,
          new ort.Tensor("float32", inputs[name]!, [...dims]),
        ]);
        const results = await session.run(Object.fromEntries(feeds));
        return Object.keys(model.outputs).map((name) => results[name]!.data as Float32Array);
      };
      return {
        ...called(run),
        outputs: run,
        dispose: () => session.release(),
      };
    },
  };
};
