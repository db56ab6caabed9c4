// TensorFlow.js on its backends for the CPU: WebAssembly with SIMD on one thread, and JavaScript.

import type * as Tf from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { calledAtOnce } from "../../shared/runner.ts";
import type { Runner } from "../../shared/runner.ts";

export type TfjsPeer = {
  readonly tf: typeof Tf;
  readonly version: string;
  readonly tensor: (values: Float32Array | Int32Array, shape: readonly number[]) => Tf.Tensor;
  /** `body` from arrays to one that is read; `kept` are let go of at the end. */
  readonly runner: (body: () => Tf.Tensor, kept: readonly Tf.Tensor[]) => Promise<Runner>;
};

export type TfjsBackend = "wasm" | "cpu";

const moduleOf = <T extends object>(loaded: T): T =>
  "default" in loaded ? (loaded.default as T) : loaded;

export const openTfjs = async (backend: TfjsBackend): Promise<TfjsPeer> => {
  // The core alone knows no gradients.
  const tf = moduleOf(await import("@tensorflow/tfjs")) as unknown as typeof Tf;
  const wasm = moduleOf(await import("@tensorflow/tfjs-backend-wasm"));
  const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${dirname(main)}/`);
  wasm.setThreadsCount(1);
  tf.env().set("PROD", true);
  // There is one backend at a time for all.
  const choose = async (): Promise<void> => {
    if (!(await tf.setBackend(backend)))
      throw new Error(`tfjs did not take its backend ${backend}`);
    await tf.ready();
  };
  await choose();
  if (backend === "wasm" && !(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")))
    throw new Error("tfjs finds no SIMD");
  return {
    tf,
    version: tf.version_core,
    tensor: (values, shape) =>
      tf.tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32"),
    runner: async (body, kept) => {
      const call = (): Float32Array => {
        const y = tf.tidy(body);
        const values = y.dataSync<"float32">();
        y.dispose();
        return values;
      };
      const { sample } = calledAtOnce(call);
      return {
        sample: async (count) => {
          await choose();
          return sample(count);
        },
        outputs: async () => {
          await choose();
          return [call()];
        },
        dispose: () => tf.dispose([...kept]),
      };
    },
  };
};
