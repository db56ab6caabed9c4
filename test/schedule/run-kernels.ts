// Runs kernels as emitted code, on a heap that holds their buffers one after the other.

import { emitScheduled } from "../../compiler/backends/typescript/emit-kernel.ts";
import { helperSource } from "../../compiler/backends/typescript/spelling.ts";
import { withoutTypes } from "../../compiler/backends/plain.ts";
import { evaluateDim } from "../../compiler/ir/dim.ts";
import { buffersOf } from "../../compiler/kernel/buffers.ts";
import type { Kernel } from "../../compiler/kernel/kernel.ts";
import { tensor } from "../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../compiler/kernel/tensor.ts";
import { runtimeFunctions, runtimeNames } from "../../compiler/backends/runtime-functions.ts";

/** Results by name, from a tensor for every buffer. */
export type RunKernel = (
  buffers: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
) => ReadonlyMap<string, Tensor>;

type Body = (f: Float32Array, i: Int32Array, ...numbers: readonly number[]) => void;

const helpers = Object.entries(helperSource).map(
  ([name, { signature, lines }]) =>
    `const ${name} = (${signature.join(", ")}) => {\n${lines.join("\n")}\n};`,
);

/** One runner per kernel. */
export const emitKernels = async (kernels: readonly Kernel[]): Promise<readonly RunKernel[]> => {
  const bodies = kernels.map((kernel) => {
    const { offsets, sizes, lines } = emitScheduled(kernel);
    return `(${["f", "i", ...offsets, ...sizes].join(", ")}) => {\n${lines.join("\n")}\n}`;
  });
  const text = `export const create = ({ ${runtimeNames.join(", ")} }) => {
${helpers.join("\n")}
return [${withoutTypes(bodies.join(",\n"))}];
};`;
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`;
  const { create } = (await import(/* @vite-ignore */ url)) as {
    readonly create: (functions: typeof runtimeFunctions) => readonly Body[];
  };
  const made = create(runtimeFunctions);
  return kernels.map((kernel, k) => (buffers, sizes) => {
    const decls = buffersOf(kernel);
    // Scratch that a schedule makes has nothing in it.
    const tensors = decls.map(({ name, dtype, shape }) => {
      const known = shape.map((dim) => evaluateDim(dim, sizes));
      const count = known.reduce((a, b) => a * b, 1);
      return buffers.get(name) ?? tensor(dtype, known, new Array<number>(count).fill(NaN));
    });
    const offsets: number[] = [];
    let end = 0;
    for (const { data } of tensors) {
      offsets.push(end);
      end += data.length;
    }
    const f = new Float32Array(end);
    const i = new Int32Array(f.buffer);
    tensors.forEach(({ dtype, data }, n) => (dtype === "f32" ? f : i).set(data, offsets[n]));
    made[k]!(f, i, ...offsets, ...kernel.sizes.map((name) => sizes.get(name)!));
    return new Map(
      kernel.results.map(({ name, dtype }) => {
        const { shape, data } = buffers.get(name)!;
        const at = offsets[decls.findIndex((d) => d.name === name)]!;
        return [name, tensor(dtype, shape, (dtype === "f32" ? f : i).slice(at, at + data.length))];
      }),
    );
  });
};
