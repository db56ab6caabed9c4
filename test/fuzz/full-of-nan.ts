// A GPU whose devices have memory full of NaN, where WebGPU has zeros: what is read before it is written shows.

import { usage } from "../../runtime/webgpu/flags.ts";

const nan = 0x7fc00000;

export const fullOfNaN = (gpu: GPU): GPU => {
  const requestAdapter: GPU["requestAdapter"] = async (options) => {
    const adapter = await gpu.requestAdapter(options);
    if (adapter !== null) {
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => spoiled(await requestDevice(descriptor));
    }
    return adapter;
  };
  return Object.assign(Object.create(gpu), { requestAdapter });
};

/** Arenas, which are copied from, and scratch, which is not copied at all; the host counts on zeros in what it writes alone. */
const isSpoiled = (flags: number): boolean =>
  (flags & usage.storage) !== 0 &&
  (flags & (usage.copyTarget | usage.copySource)) !== usage.copyTarget;

const spoiled = (device: GPUDevice): GPUDevice => {
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    if (!isSpoiled(descriptor.usage)) return createBuffer(descriptor);
    const buffer = createBuffer({ ...descriptor, usage: descriptor.usage | usage.copyTarget });
    device.queue.writeBuffer(buffer, 0, new Int32Array(buffer.size / 4).fill(nan));
    return buffer;
  };
  return device;
};
