// One entry of a module run as emitted TypeScript, in single precision: the same as `interpretEntry`.

import { noDevice } from "../../runtime/hosts/typescript.ts";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { EntryProgram, ModelProgram, OutputSlot, StoredProgram, TrainProgram } from "../../runtime/abi.ts";
import type { Run } from "./engines.ts";

/** Passes, lowering and emission once; then entries can be run. */
export const emit = async (module: Module): Promise<Run> => {
  const plan = lower(optimise(module));
  const program = await instantiatePlan(plan);
  const entries = new Map(entriesOf(program).map((entry) => [entry.name, entry]));
  return (name, given) => {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(`no entry ${name}`);
    return runEntry(entry, program, given);
  };
};

export const entriesOf = (program: ModelProgram | TrainProgram): readonly EntryProgram[] =>
  "forward" in program
    ? [program.forward]
    : [program.evaluate, ...program.steps.map(({ entry }) => entry)];

const runEntry = (
  entry: EntryProgram,
  { stored, prepare }: StoredProgram,
  given: Parameters<Run>[1],
): ReturnType<Run> => {
  const sizes = entry.sizes.map((name) => sizeIn(entry, name, given));
  const { offsets, end } = entry.layout(sizes);
  const before = prepare?.layout([]) ?? { offsets: [], end: 0 };
  const bytes = new ArrayBuffer(4 * Math.max(end, before.end));
  const heap = { f32: new Float32Array(bytes), i32: new Int32Array(bytes) };
  const put = (at: number, { dtype, data }: Tensor): void => {
    (dtype === "f32" ? heap.f32 : heap.i32).set(data, at);
  };
  const get = (at: number, dtype: Tensor["dtype"], shape: readonly number[]): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return tensor(dtype, shape, (dtype === "f32" ? heap.f32 : heap.i32).subarray(at, at + count));
  };
  for (const { path, offset } of stored) put(offset, given.stored.get(path)!);
  if (entry.prepared === true) prepare?.run(heap, before.offsets, [], noDevice);
  for (const { name, slot } of entry.data) put(offsets[slot]!, given.data.get(name)!);
  for (const { slot, dtype, value } of entry.scalars) {
    put(offsets[slot]!, tensor(dtype, [], [value(given.step ?? 1, sizes)]));
  }
  if (entry.status !== null) heap.i32[offsets[entry.status.slot]!] = 0;
  entry.run(heap, offsets, sizes, noDevice);
  if (entry.status !== null && heap.i32[offsets[entry.status.slot]!] !== 0) {
    throw new Error("an index is outside its range");
  }
  const results = new Map<string, Tensor>();
  let loss: number | null = null;
  for (const output of entry.outputs) {
    const value = get(offsets[output.slot]!, output.dtype, shapeOf(output, sizes));
    if (output.kind === "result") results.set(output.name, value);
    if (output.kind === "loss") loss = value.data[0]!;
  }
  const stores = new Map(
    stored.map(({ path, offset, dtype, shape }) => [path, get(offset, dtype, shape)] as const),
  );
  return { results, stores, loss };
};

/** A symbolic size, read off an array that has it as an axis. */
export const sizeIn = (entry: EntryProgram, name: string, given: Parameters<Run>[1]): number => {
  for (const slot of entry.data) {
    const axis = slot.shape.indexOf(name);
    if (axis >= 0) return given.data.get(slot.name)!.shape[axis]!;
  }
  throw new Error(`no axis is ${name}`);
};

/** Symbolic results as one axis: what is compared is their numbers. */
export const shapeOf = ({ shape, count }: OutputSlot, sizes: readonly number[]): readonly number[] =>
  shape.every((size) => typeof size === "number") ? shape.map(Number) : [count(sizes)];
