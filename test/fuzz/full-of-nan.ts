// A GPU whose devices have buffers full of NaN, where WebGPU has zeros: what is read before it is written shows.

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

const spoiled = (device: GPUDevice): GPUDevice => {
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    if ((descriptor.usage & usage.storage) === 0) return createBuffer(descriptor);
    const buffer = createBuffer({ ...descriptor, usage: descriptor.usage | usage.copyTarget });
    device.queue.writeBuffer(buffer, 0, new Int32Array(buffer.size / 4).fill(nan));
    return buffer;
  };
  return device;
};
