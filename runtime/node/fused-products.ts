// Products that round once with their sums, where Node hides what they take.
import { setFlagsFromString } from "node:v8";
import { canFuse } from "../hosts/fuse.ts";

/**
 * Lets what is created later for WebAssembly multiply and add in one instruction. Newer engines always do; Node 20 has a
 * flag for it, which this sets. False where the engine has no such instruction.
 */
export const allowFusedProducts = (): boolean => {
  if (!canFuse()) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return canFuse();
};
