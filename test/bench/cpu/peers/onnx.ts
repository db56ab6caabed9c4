// onnxruntime from arrays to arrays, on one thread: compiled to WebAssembly, and native.

import type { InferenceSession, Tensor } from "onnxruntime-web";
import { writeOnnx } from "../../shared/onnx-model.ts";
import type { OnnxModel } from "../../shared/onnx-model.ts";
import { called } from "../../shared/runner.ts";
import type { Runner } from "../../shared/runner.ts";

export type OnnxPeer = {
  readonly version: string;
  readonly runner: (
    model: OnnxModel,
    inputs: Readonly<Record<string, Float32Array>>,
  ) => Promise<Runner>;
};

type Runtime = {
  readonly InferenceSession: {
    readonly create: (
      model: Uint8Array,
      options: InferenceSession.SessionOptions,
    ) => Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
};

const peerOf = (
  { InferenceSession, Tensor }: Runtime,
  version: string,
  options: InferenceSession.SessionOptions,
): OnnxPeer => ({
  version,
  runner: async (model, inputs) => {
    const session = await InferenceSession.create(writeOnnx(model), options);
    const run = async (): Promise<readonly Float32Array[]> => {
      const feeds = Object.entries(model.inputs).map(([name, dims]) => [
        name,
        new Tensor("float32", inputs[name]!, dims),
      ]);
      const results = await session.run(Object.fromEntries(feeds));
      return Object.keys(model.outputs).map((name) => results[name]!.data as Float32Array);
    };
    return { ...called(run), outputs: run, dispose: () => session.release() };
  },
});

const oneThread: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
};

export const openOnnxWeb = async (): Promise<OnnxPeer> => {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  const options = { ...oneThread, executionProviders: ["wasm"] };
  const { version, runner } = peerOf(ort as unknown as Runtime, ort.env.versions.web!, options);
  return {
    version,
    runner: async (...args) => {
      const hadWorker = "Worker" in globalThis;
      const opened = await runner(...args);
      // It leaves one there, from which jax-js concludes that there are threads as in browsers.
      if (!hadWorker) Reflect.deleteProperty(globalThis, "Worker");
      return opened;
    },
  };
};

export const openOnnxNode = async (): Promise<OnnxPeer> => {
  const ort = await import("onnxruntime-node");
  const options = { ...oneThread, executionProviders: ["cpu"] };
  return peerOf(ort as unknown as Runtime, ort.env.versions.node!, options);
};
