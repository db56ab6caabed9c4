// Runs kernels as emitted TypeScript, in a heap in which words that belong to no buffer are watched.

import { expect } from "vitest";
import { panelMemoryText } from "../../compiler/backends/backend.ts";
import { withoutTypes } from "../../compiler/backends/plain.ts";
import { runtimeFunctions, runtimeNames } from "../../compiler/backends/runtime-functions.ts";
import { emitKernel } from "../../compiler/backends/typescript/emit-kernel.ts";
import { helperSource } from "../../compiler/backends/typescript/spelling.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { buffersOf } from "../../compiler/kernel/buffers.ts";
import { interpretKernel } from "../../compiler/kernel/interpret.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";

export type Sizes = ReadonlyMap<string, number>;
type Run = (f: Float32Array, i: Int32Array, ...numbers: readonly number[]) => void;

/** Kernels as functions over the heap. */
export const loadEmitted = async (kernels: readonly Kernel[]): Promise<readonly Run[]> => {
  const helpers = Object.entries(helperSource).map(
    ([name, { signature, lines }]) =>
      `function ${name}(${signature.join(", ")}) {\n${lines.join("\n")}\n}`,
  );
  let words = 0;
  const runs = kernels.map((kernel) => {
    const { offsets, sizes, lines, panelWords } = emitKernel(kernel);
    words = Math.max(words, panelWords);
    const params = ["f", "i", ...offsets, ...sizes].join(", ");
    return { lines, text: `(${params}) => {\n${lines.join("\n")}\n}` };
  });
  const panels = panelMemoryText(words, runs).join("\n");
  const text = withoutTypes(
    `${helpers.join("\n")}\n${panels}\nexport const create = ({ ${runtimeNames.join(", ")} }) => [\n${runs.map(({ text }) => text).join(",\n")}];`,
  );
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  const { create } = (await import(/* @vite-ignore */ url)) as {
    readonly create: (functions: typeof runtimeFunctions) => readonly Run[];
  };
  return create(runtimeFunctions);
};

const gap = 3;
const untouched = -7.25;

/** Results by name. A result that is in `buffers` starts with what is there, any other with NaN. */
export const runEmitted = (
  run: Run,
  kernel: Kernel,
  buffers: ReadonlyMap<string, Tensor>,
  sizes: Sizes,
): ReadonlyMap<string, readonly number[]> => {
  const decls = buffersOf(kernel);
  let end = gap;
  const places = decls.map(({ name, dtype, shape }) => {
    const count = shape.reduce<number>((n, dim) => n * evaluateDim(dim, sizes), 1);
    const offset = end;
    end += count + gap;
    return { name, dtype, offset, count };
  });
  const f = new Float32Array(end).fill(untouched);
  const i = new Int32Array(f.buffer);
  for (const { name, dtype, offset, count } of places) {
    const given = buffers.get(name)?.data ?? new Float64Array(count).fill(NaN);
    (dtype === "f32" ? f : i).set(given, offset);
  }
  const numbers = kernel.sizes.map((name) => sizes.get(name)!);
  run(f, i, ...places.map(({ offset }) => offset), ...numbers);
  const owned = new Set(
    places.flatMap(({ offset, count }) => Array.from({ length: count }, (_, n) => offset + n)),
  );
  f.forEach((word, at) => {
    if (!owned.has(at)) expect(word, `word ${at} belongs to no buffer`).toBe(untouched);
  });
  const results = places.slice(kernel.params.length, kernel.params.length + kernel.results.length);
  return new Map(
    results.map(({ name, dtype, offset, count }) => [
      name,
      [...(dtype === "f32" ? f : i).subarray(offset, offset + count)],
    ]),
  );
};

/** The interpreter's results, after checking that emitted code gives the same: `run` is the kernel as `loadEmitted` has it. */
export const compareEmitted = (
  run: Run,
  kernel: Kernel,
  buffers: ReadonlyMap<string, Tensor>,
  sizes: Sizes,
  what = kernel.name,
): ReadonlyMap<string, Tensor> => {
  const emitted = runEmitted(run, kernel, buffers, sizes);
  const results = interpretKernel(kernel, buffers, sizes);
  for (const [name, { data, dtype }] of results) {
    const got = emitted.get(name)!;
    data.forEach((want, at) => {
      const place = `${what}: ${name}[${at}]`;
      const stored = dtype === "f32" ? Math.fround(want) : want;
      if (Object.is(got[at], stored)) return;
      expect(got[at], place).not.toBeNaN();
      expect(Math.abs(got[at]! - want), place).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(want)));
    });
  }
  return results;
};
