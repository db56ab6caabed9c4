// Runs kernels as WebAssembly, in a memory in which words that belong to no buffer are watched.

import { emitFormula, emitKernel, paramsOf } from "../../compiler/backends/wasm/emit-kernel.ts";
import { createFunctions } from "../../compiler/backends/wasm/functions.ts";
import { createLibrary, hostImports } from "../../compiler/backends/wasm/library.ts";
import type { Library } from "../../compiler/backends/wasm/library.ts";
import { moduleBytes } from "../../compiler/backends/wasm/module-bytes.ts";
import type { WasmBinary } from "../../compiler/backends/wasm/module-bytes.ts";
import { createPool, poolBytes } from "../../compiler/backends/wasm/pool.ts";
import { fuse } from "../../runtime/hosts/fuse.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { buffersOf } from "../../compiler/kernel/buffers.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { castTo, scalarOf } from "../../compiler/kernel/scalar.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Bounds } from "../../compiler/lower/bounds-in-launches.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";

export type Sizes = ReadonlyMap<string, number>;
export type Buffers = ReadonlyMap<string, Tensor>;

/** The module of one kernel, which it exports as `run`. */
export const kernelBytes = (
  kernel: Kernel,
  bounds?: Bounds,
): WasmBinary & { readonly panelBytes: number } => {
  let panelBytes = 0;
  const functions = createFunctions(hostImports);
  const pool = createPool();
  const library: Library = createLibrary(functions, pool, (expr, params) =>
    emitFormula(expr, params, library),
  );
  functions.add("run", { params: paramsOf(kernel), result: null }, true, () => {
    const written = emitKernel(kernel, library, poolBytes, bounds);
    panelBytes = written.panelBytes;
    return written;
  });
  const binary = moduleBytes({
    imports: hostImports,
    functions: functions.all(),
    pages: 1,
    data: pool.bytes(),
  });
  return { ...binary, panelBytes };
};

const gap = 3;
const untouched = -7.25;

/**
 * Results by name. A result that is in `buffers` starts with what is there, any other with NaN. `isFused`: products are
 * rounded once with their sums.
 */
export const runKernel = (
  kernel: Kernel,
  buffers: Buffers,
  sizes: Sizes,
  bounds?: Bounds,
  isFused = false,
): Buffers => {
  const { bytes, steps, panelBytes } = kernelBytes(kernel, bounds);
  if (isFused) fuse(bytes, Uint8Array.from(steps));
  const module = new WebAssembly.Module(bytes);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  const floorMod = scalarOf("mod", "f32");
  const host = { memory, floorMod: (a: number, b: number) => floorMod(a, b, 0, 0) };
  const { exports } = new WebAssembly.Instance(module, { host });
  const start = (poolBytes + panelBytes) / 4;
  let end = start + gap;
  const places = buffersOf(kernel).map(({ name, dtype, shape }) => {
    const dims = shape.map((dim) => evaluateDim(dim, sizes));
    const count = dims.reduce((a, b) => a * b, 1);
    const offset = end;
    end += count + gap;
    return { name, dtype, dims, offset, count };
  });
  memory.grow(Math.ceil((4 * end) / 65_536));
  const f = new Float32Array(memory.buffer, 0, end).fill(untouched, start);
  const i = new Int32Array(memory.buffer, 0, end);
  for (const { name, dtype, offset, count } of places) {
    const given = buffers.get(name)?.data ?? new Float64Array(count).fill(NaN);
    if (dtype === "f32") f.set(given, offset);
    else given.forEach((x, k) => (i[offset + k] = castTo("i32", x)));
  }
  const numbers = kernel.sizes.map((name) => sizes.get(name)!);
  const run = exports["run"] as (...args: readonly number[]) => void;
  run(...places.map(({ offset }) => 4 * offset), ...numbers);
  const owned = new Set(
    places.flatMap(({ offset, count }) => Array.from({ length: count }, (_, n) => offset + n)),
  );
  f.forEach((word, at) => {
    if (at >= start && !owned.has(at) && word !== untouched)
      throw new Error(`word ${at}, which belongs to no buffer, was written`);
  });
  const results = places.slice(kernel.params.length, kernel.params.length + kernel.results.length);
  return new Map(
    results.map(({ name, dtype, dims, offset, count }) => [
      name,
      tensor(dtype, dims, (dtype === "f32" ? f : i).slice(offset, offset + count)),
    ]),
  );
};
