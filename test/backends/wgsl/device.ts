// WebGPU devices without a GPU: Dawn's null backend, which only checks, and SwiftShader, which computes on the CPU.

import { existsSync } from "node:fs";
import { create } from "webgpu";

/** Where Debian's `chromium` has SwiftShader for the Vulkan loader (`libvulkan1`). */
const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";
export const hasSwiftShader = existsSync(swiftShader);
export const needsSwiftShader = "needs the Debian packages chromium and libvulkan1";

export type Device = { readonly device: GPUDevice; readonly close: () => void };

/** With the limits that every browser has. A GPU must not be let go of while its device is in use. */
const open = async (
  backend: "null" | "vulkan",
  requiredFeatures: readonly GPUFeatureName[] = [],
  requiredLimits: Readonly<Record<string, number>> = {},
): Promise<Device> => {
  const gpu = create([`backend=${backend}`, ...unsafe]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error(`Dawn has no adapter for ${backend}`);
  const device = await adapter.requestDevice({
    requiredFeatures: [...requiredFeatures],
    requiredLimits,
  });
  return {
    device,
    close: () => {
      device.destroy();
      void gpu;
    },
  };
};

/** Dawn hides what is an experiment or has failed a test somewhere. */
const unsafe = ["enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia"];

/** Has every feature there is. */
export const openNullDevice = (features?: readonly GPUFeatureName[]): Promise<Device> =>
  open("null", features);

/** Everything that asks Vulkan for a device gets SwiftShader. */
export const useSwiftShader = (): void => {
  process.env["VK_ICD_FILENAMES"] = swiftShader;
};

export const openSwiftShader = (
  limits?: Readonly<Record<string, number>>,
  features?: readonly GPUFeatureName[],
): Promise<Device> => {
  useSwiftShader();
  return open("vulkan", features, limits);
};

/** For what opens a device of its own. */
export const swiftShaderGpu = (): GPU => {
  useSwiftShader();
  return create(["backend=vulkan"]);
};
