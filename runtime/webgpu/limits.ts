// Refuses what a device has no room for, before memory is made.
import type { Layout } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { DeviceKernel, DeviceLimit } from "./program.ts";

export type Limits = Pick<GPUSupportedLimits, DeviceLimit["limit"]>;

/** Throws `device-limit`. */
export const checkLimits = (limits: Limits, needs: readonly DeviceLimit[]): void => {
  for (const { limit, bytes, what, at } of needs) {
    if (bytes <= limits[limit]) continue;
    const place = at === "" ? "" : ` (${at})`;
    throw new DlmError(
      "device-limit",
      `${what}${place} takes ${megabytes(bytes)} in one piece, and the device has a \`${limit}\` of ${megabytes(limits[limit])}: use a smaller batch, or a device with more`,
    );
  }
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The buffers of an arena. */
export const slabLimits = ({ slabs = [], end }: Layout): readonly DeviceLimit[] =>
  slabs.map((start, slab) => ({
    limit: "maxBufferSize",
    bytes: 4 * ((slabs[slab + 1] ?? end) - start),
    what: "what this computes",
    at: "",
  }));

/** What a kernel binds of one buffer. */
export const bindingLimit = ({ name, at }: DeviceKernel, words: number): DeviceLimit => ({
  limit: "maxStorageBufferBindingSize",
  bytes: 4 * words,
  what: `what kernel \`${name}\` works on`,
  at,
});
