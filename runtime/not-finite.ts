// A loss that is NaN or infinite → an error that names where the first such value came from.
import type { ProbeSlot } from "./abi.ts";
import { layoutApart } from "./apart.ts";
import type { Binding, Entry, NamedArrays } from "./entry.ts";
import { DlmError } from "./errors.ts";
import type { Store } from "./store.ts";

/** The run that gave the loss. */
export type Run = {
  readonly store: Store;
  readonly entry: Entry;
  readonly binding: Binding;
  readonly batch: NamedArrays;
  /** Number of the update. */
  readonly step: number;
  readonly draw: number;
};

/**
 * Looks at what the step was given, at the weights, then, running the step again, at its values in the order of
 * computation. `name`: `loss`, `disc.penalty`.
 */
export const notFiniteError = async (name: string, value: number, run: Run): Promise<DlmError> => {
  const cause =
    badInput(run) ?? (await badWeight(run)) ?? (await badValue(run)) ?? "no value shows where";
  return new DlmError("not-finite", `${name} is ${value} at update ${run.step}: ${cause}`);
};

const badInput = ({ entry, batch }: Run): string | null => {
  for (const { name, at } of entry.program.data) {
    const values = batch[name];
    if (!(values instanceof Float32Array)) continue;
    const position = values.findIndex((value) => !Number.isFinite(value));
    if (position >= 0)
      return `\`${name}\` holds ${values[position]} at position ${position} (${at})`;
  }
  return null;
};

const badWeight = async ({ store, step }: Run): Promise<string | null> => {
  await store.fetch(store.stored.filter(({ storage }) => storage === "param"));
  for (const spec of store.stored) {
    if (spec.storage !== "param") continue;
    const found = store.read(spec).find((value) => !Number.isFinite(value));
    if (found === undefined) continue;
    const since = step > 1 ? `since update ${step - 1}` : "from the start";
    return `weight \`${spec.path}\` holds ${found} ${since}`;
  }
  return null;
};

const badValue = async ({
  store,
  entry,
  batch,
  step,
  draw,
  binding,
}: Run): Promise<string | null> => {
  // No later value lies over an earlier one.
  const { probes = [], data, outputs } = entry.program;
  const own = [...data, ...outputs, ...probes].map(({ slot, count }) => ({
    slot,
    count: count(binding.sizes),
  }));
  const apart = { ...binding, layout: layoutApart(binding.layout, own) };
  entry.rerun(batch, step, draw, apart);
  await entry.arrive(apart, probes);
  const first = (isBad: (value: number, probe: ProbeSlot) => boolean): string | null => {
    for (const probe of probes) {
      const found = keptBy(probe, store, apart).find((value) => isBad(value, probe));
      if (found !== undefined) return `${probe.what} first gave ${found}`;
    }
    return null;
  };
  // An infinity that is meant, such as the -inf of a mask, is no cause while there is another.
  return (
    first((value, { masked }) => (masked ? Number.isNaN(value) : !Number.isFinite(value))) ??
    first((value) => !Number.isFinite(value))
  );
};

/** A kept value of the last run, in place. */
const keptBy = (
  { slot, count, half }: ProbeSlot,
  { heap: { f32, i32 }, remote }: Store,
  { layout, sizes }: Binding,
): Float32Array => {
  const [at, length] = [layout.offsets[slot]!, count(sizes)];
  const halves = half && remote?.halves;
  return halves ? halves(i32.subarray(at), length) : f32.subarray(at, at + length);
};
