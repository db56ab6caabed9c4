// What a module emitted for WebGPU holds for the device: shaders, and what a launch of each kernel binds.
import type { SizeValues } from "../abi.ts";

export type DeviceProgram = {
  readonly modules: readonly DeviceModule[];
  readonly kernels: readonly DeviceKernel[];
  /** Whether some buffers are halves: f16 where the device has that; else f32, in as many words as others. */
  readonly halves: boolean;
  /** The words at which the buffers begin that stored tensors lie in: one at 0, unless there are more. */
  readonly parts?: readonly number[];
  /** What is larger than every device has room for, whatever the open sizes are. */
  readonly limits?: readonly DeviceLimit[];
};

/** The text of a shader module: all of it, or what one of each pair of endings comes behind. */
export type DeviceModule = string | { readonly text: string; readonly endings: Endings };

/** By what a device needs for them. */
export type Endings = Readonly<Partial<Record<"subgroups" | "matrices", Ending>>>;
/** `off` is for devices without. */
export type Ending = { readonly on: string; readonly off: string };

/** Bytes that a limit of the device has to be. */
export type DeviceLimit = {
  readonly limit: "maxStorageBufferBindingSize" | "maxBufferSize";
  readonly bytes: number;
  /** What is so large, and `file.dlm:line:col` that it comes from. */
  readonly what: string;
  readonly at: string;
};

export type DeviceKernel = {
  readonly name: string;
  /** `file.dlm:line:col` that it comes from, for errors. */
  readonly at: string;
  /** Position of its shader module. */
  readonly module: number;
  /** All in group 0, in the order of their numbers. */
  readonly bindings: readonly DeviceBinding[];
  /** Words of each of its buffers, at the values of its sizes. */
  readonly words: (sizes: SizeValues) => readonly number[];
  /** Words of scratch. */
  readonly scratch: (sizes: SizeValues) => number;
  /** Its sizes come first in the uniform, then where these buffers begin within what is bound. */
  readonly offsets: readonly number[];
  /** In order: what one stores the next may read. */
  readonly launches: readonly DeviceLaunch[];
};

export type DeviceBinding =
  | {
      readonly kind: "piece";
      /** Positions of the buffers that lie in it. */
      readonly buffers: readonly number[];
      readonly access: "read" | "read_write";
    }
  | { readonly kind: "scratch" }
  | { readonly kind: "numbers" };

export type DeviceLaunch = {
  readonly entryPoint: string;
  /** Workgroups along x, y and z. */
  readonly workgroups: (sizes: SizeValues) => readonly [x: number, y: number, z: number];
  /** The same on devices with matrices, where that is another number. */
  readonly matrices?: (sizes: SizeValues) => readonly [x: number, y: number, z: number];
};
