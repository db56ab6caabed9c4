// What shaders with halves need of a device: f16, or the same text with f32 in its place.
import type { DeviceProgram } from "./program.ts";

/** Features that a program has a use for. */
export const featuresOf = ({ halves }: DeviceProgram): readonly GPUFeatureName[] =>
  halves ? ["shader-f16"] : [];

/** Stands before the text of a module in which `half` is mentioned, on the line it begins with. */
export const headOf = (features: { has(name: GPUFeatureName): boolean }): string =>
  features.has("shader-f16") ? "enable f16; alias half = f16;" : "alias half = f32;";
