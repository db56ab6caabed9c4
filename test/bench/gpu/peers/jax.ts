// jax-js on its WebGPU backend.

import { addIteratorMethods } from "../../shared/iterator-methods.ts";
import { jaxPeer } from "../../shared/jax.ts";
import type { JaxPeer } from "../../shared/jax.ts";
import type { WatchedGpu } from "../gpu.ts";
import { pinned } from "../pinned.ts";

export type { JaxArray, JaxPeer } from "../../shared/jax.ts";

export const openJax = async (_: WatchedGpu): Promise<JaxPeer> => {
  addIteratorMethods();
  const jax = await import("@jax-js/jax");
  const found = await jax.init("webgpu");
  if (!found.includes("webgpu")) throw new Error("jax-js found no device webgpu");
  jax.defaultDevice("webgpu");
  const device = jax.getWebGPUDevice();
  return jaxPeer({
    jax,
    version: pinned["@jax-js/jax"],
    submit: (array) => {
      array.gpuBufferSync();
    },
    wait: async () => {
      await device.queue.onSubmittedWorkDone();
    },
  });
};
