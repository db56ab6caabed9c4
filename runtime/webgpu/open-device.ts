// Gets a device with the largest buffers that its adapter has, and what of a program's wishes it has.
import { DlmError } from "../errors.ts";
import type { Wishes } from "./abilities.ts";
import type { DeviceOptions } from "../host.ts";

export type OpenedDevice = {
  readonly device: GPUDevice;
  readonly name: string;
  /** Kept for as long as the device is: it dies with what made it. */
  readonly gpu: GPU;
};

/** `wishesOf`: what the device is to have of its adapter besides. */
export const openDevice = async (
  { gpu = gpuOfPage() }: DeviceOptions,
  wishesOf: (adapter: GPUAdapter) => Wishes = () => ({ features: [], limits: {} }),
): Promise<OpenedDevice> => {
  if (gpu === undefined) {
    throw new DlmError(
      "no-device",
      "there is no WebGPU here: a page needs a browser with it and a secure address; in Node pass `gpu: create([])` of the package `webgpu`",
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new DlmError(
      "no-device",
      "WebGPU has no adapter here: is a driver for the GPU installed?",
    );
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const { features, limits } = wishesOf(adapter);
  const device = await adapter.requestDevice({
    requiredFeatures: [...features],
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, ...limits },
  });
  return { device, gpu, name: nameOf(adapter.info) };
};

const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string => {
  const parts = description === "" ? [vendor, architecture, device] : [description];
  return parts.filter((part) => part !== "").join(" ") || "a device without a name";
};

const gpuOfPage = (): GPU | undefined =>
  (globalThis.navigator as Navigator | undefined)?.gpu as GPU | undefined;
