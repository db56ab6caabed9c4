// Plain JavaScript: figures of emitted code in V8.

import type { Target } from "./target.ts";

/**
 * Measured by `test/bench/figures.ts` on an Intel Xeon at 2.5 GHz with Node 20, where an addition takes 0.16 ns, and
 * rounded. A busy machine measures up to twice as much of what is slow; decisions hang on loads, stores and cheap operations.
 *
 * Of copies a product takes 4.4 to 5 GFLOP/s with 2 x 3 lanes, 4.2 with 3 x 3, 3.5 with 4 x 4 or 2 x 4 at 2.7 GHz; of the operands
 * themselves 2.0 with 4 x 4, 1.7 with 2 x 3 or 2 x 4.
 */
export const typescript: Target = {
  name: "typescript",
  costs: {
    load: 6,
    copied: 1,
    store: 5,
    far: 1,
    cache: 262_144,
    launch: 120,
    multiply: 4,
    spill: 1.1,
    throughMemory: 32,
    divide: 2,
    functions: {
      add: 1,
      sub: 1,
      mul: 1,
      neg: 1,
      abs: 1,
      min: 1,
      max: 1,
      eq: 1,
      lt: 1,
      le: 1,
      not: 1,
      and: 1,
      or: 1,
      select: 1,
      cast: 1,
      toBits: 1,
      fromBits: 1,
      shl: 1,
      shr: 1,
      bitAnd: 1,
      bitXor: 1,
      div: 5,
      sqrt: 10,
      floor: 10,
      mod: 48,
      exp: 75,
      expm1: 95,
      log: 66,
      log1p: 90,
      sin: 60,
      cos: 60,
      atan: 70,
      erf: 105,
      tanh: 100,
      sigmoid: 90,
      pow: 460,
      uniform: 150,
      normal: 600,
    },
  },
  lanes: 4,
  registers: 15,
  operations: 64,
  panel: 65_536,
  copy: 524_288,
  inPlace: true,
  halves: 0,
  slabs: 1,
  binding: Infinity,
  // A line of the cache.
  alignment: 16,
};
