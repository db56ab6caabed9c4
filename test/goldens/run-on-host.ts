// Entries of modules run by the runtime's host of a target, on numbers given: the same as `interpretEntry`.

import type { Backend } from "../../compiler/backends/backend.ts";
import { instantiatePlan } from "../../compiler/backends/instantiate.ts";
import type { Module } from "../../compiler/ir/module.ts";
import { tensor, type Tensor } from "../../compiler/kernel/tensor.ts";
import { lower } from "../../compiler/lower/lower.ts";
import { optimise } from "../../compiler/pipeline.ts";
import type { EntryProgram, StoredProgram } from "../../runtime/abi.ts";
import type { DeviceOptions, Host } from "../../runtime/host.ts";
import { single, type LaterEngine, type LaterRun, type Run } from "./engines.ts";
import { entriesOf, shapeOf, sizeIn } from "./run-emitted.ts";

export type HostEngine = LaterEngine & {
  /** Lets go of what was opened last; opening does so too. */
  readonly close: () => void;
};

export const hostEngine = (name: string, backend: Backend, device: DeviceOptions): HostEngine => {
  let last: Host | null = null;
  const close = (): void => {
    last?.dispose();
    last = null;
  };
  const open = async (module: Module): Promise<LaterRun> => {
    close();
    const plan = lower(optimise(module), { target: backend.costs });
    const program = await instantiatePlan(plan, { backend });
    const host = program.open!(program.storedWords);
    last = host;
    await (host.remote ?? host).ready?.(device);
    const entries = new Map(entriesOf(program).map((entry) => [entry.name, entry]));
    return (entry, given) => runEntry(host, entries.get(entry)!, program, given);
  };
  return { name, open, ...single, close };
};

const runEntry = async (
  host: Host,
  entry: EntryProgram,
  { stored, storedWords, prepare }: StoredProgram,
  given: Parameters<Run>[1],
): Promise<ReturnType<Run>> => {
  const { remote } = host;
  const sizes = entry.sizes.map((name) => sizeIn(entry, name, given));
  const layout = entry.layout(sizes);
  const { offsets } = layout;
  const before = prepare?.layout([]) ?? { offsets: [], end: 0 };
  host.reserve(Math.max(layout.end, before.end));
  const { heap } = host;
  const put = (at: number, { dtype, data }: Tensor): void => {
    (dtype === "f32" ? heap.f32 : heap.i32).set(data, at);
  };
  const get = (at: number, dtype: Tensor["dtype"], shape: readonly number[]): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return tensor(dtype, shape, (dtype === "f32" ? heap.f32 : heap.i32).subarray(at, at + count));
  };
  for (const { path, offset } of stored) put(offset, given.stored.get(path)!);
  remote?.send({ start: 0, count: storedWords });
  if (entry.prepared === true && prepare) host.run(prepare, before, []);
  for (const { name, slot } of entry.data) put(offsets[slot]!, given.data.get(name)!);
  for (const { slot, dtype, value } of entry.scalars) {
    put(offsets[slot]!, tensor(dtype, [], [value(given.step ?? 1, sizes)]));
  }
  for (const { slot } of entry.draws) heap.i32.fill(0, offsets[slot]!, offsets[slot]! + 3);
  if (entry.status !== null) heap.i32[offsets[entry.status.slot]!] = 0;
  host.run(entry, layout, sizes);
  const words = entry.outputs.map(({ slot, count }) => ({
    start: offsets[slot]!,
    count: count(sizes),
  }));
  if (entry.status !== null) words.push({ start: offsets[entry.status.slot]!, count: 1 });
  await remote?.fetch(words, layout);
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
  await remote?.fetch([{ start: 0, count: storedWords }]);
  const stores = new Map(
    stored.map(({ path, offset, dtype, shape }) => [path, get(offset, dtype, shape)] as const),
  );
  return { results, stores, loss };
};
