// A loss that is NaN or infinite → an error that names where the first such value came from.
import type { Binding, Entry, NamedArrays } from "./entry.ts";
import { DlmError } from "./errors.ts";

/** Looks at what the step was given, then at the kept values in the order of computation. */
export const notFiniteError = (
  what: string,
  value: number,
  entry: Entry,
  binding: Binding,
  batch: NamedArrays,
): DlmError => {
  const cause = badInput(entry, batch) ?? badProbe(entry, binding) ?? "no kept value shows where";
  return new DlmError("not-finite", `${what} is ${value}: ${cause}`);
};

const badInput = (entry: Entry, batch: NamedArrays): string | null => {
  for (const { name, at } of entry.program.data) {
    const values = batch[name];
    if (!(values instanceof Float32Array)) continue;
    const position = values.findIndex((value) => !Number.isFinite(value));
    if (position >= 0)
      return `\`${name}\` holds ${values[position]} at position ${position} (${at})`;
  }
  return null;
};

const badProbe = (entry: Entry, binding: Binding): string | null => {
  for (const probe of entry.program.probes ?? []) {
    const values = entry.probe(probe, binding);
    const first = values.find((value) => !Number.isFinite(value));
    if (first !== undefined) return `the first ${first} is in ${probe.what}`;
  }
  return null;
};
