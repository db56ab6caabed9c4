// TensorFlow.js on its WebGPU backend.

import type * as Tf from "@tensorflow/tfjs-core";
import type { WatchedGpu } from "../gpu.ts";
import { queued } from "../work.ts";
import type { Runner } from "../work.ts";

type Given = Tf.Tensor | readonly Tf.Tensor[];

export type TfjsPeer = {
  readonly tf: typeof Tf;
  readonly version: string;
  readonly tensor: (values: Float32Array | Int32Array, shape: readonly number[]) => Tf.Tensor;
  /** `body` on tensors that lie on the device; what it gives stays there. `kept` are let go of at the end. */
  readonly runner: (body: () => Given, kept: readonly Tf.Tensor[]) => Promise<Runner>;
  /** Waits for what was queued. */
  readonly wait: () => Promise<void>;
};

/** It submits 15 dispatches together; what is left is asked for by these. */
type Backend = Tf.KernelBackend & {
  readonly commandEncoder: GPUCommandEncoder | null;
  readonly endComputePassEncoder: () => void;
  readonly submitQueue: () => void;
};

const moduleOf = <T extends object>(loaded: T): T =>
  "default" in loaded ? (loaded.default as T) : loaded;

export const openTfjs = async ({ lastDevice }: WatchedGpu): Promise<TfjsPeer> => {
  // The core alone knows no gradients.
  const tf = moduleOf(await import("@tensorflow/tfjs")) as typeof Tf;
  moduleOf(await import("@tensorflow/tfjs-backend-webgpu"));
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs did not take its backend webgpu");
  await tf.ready();
  const device = lastDevice();
  const backend = tf.backend() as Backend;
  const wait = async (): Promise<void> => {
    if (backend.commandEncoder !== null) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
    await device.queue.onSubmittedWorkDone();
  };
  const listOf = (given: Given): readonly Tf.Tensor[] =>
    Array.isArray(given) ? given : [given as Tf.Tensor];
  return {
    tf,
    version: tf.version_core,
    tensor: (values, shape) =>
      tf.tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32"),
    wait,
    runner: async (body, kept) => {
      const tidied = (): readonly Tf.Tensor[] => tf.tidy(() => [...listOf(body())]);
      return {
        ...queued(() => tf.dispose([...tidied()]), wait),
        outputs: async () => {
          const given = tidied();
          const lists = await Promise.all(given.map((one) => one.data<"float32">()));
          tf.dispose([...given]);
          return lists;
        },
        dispose: () => tf.dispose([...kept]),
      };
    },
  };
};
