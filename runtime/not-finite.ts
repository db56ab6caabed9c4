// A loss that is NaN or infinite → an error that names where the first such value came from.
import type { Binding, Entry, NamedArrays } from "./entry.ts";
import { DlmError } from "./errors.ts";

/** The execution that gave the loss. */
export type Execution = {
  readonly entry: Entry;
  readonly binding: Binding;
  readonly batch: NamedArrays;
  readonly step: number;
  readonly draw: number;
};

/** Looks at what the step was given, then, running it again, at its values in the order of computation. */
export const notFiniteError = (what: string, value: number, execution: Execution): DlmError => {
  const { entry, batch } = execution;
  const cause = badInput(entry, batch) ?? badProbe(execution) ?? "no value on the way shows where";
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

const badProbe = ({ entry, binding, batch, step, draw }: Execution): string | null => {
  const apart = entry.rerunApart(batch, step, draw, binding);
  for (const probe of entry.program.probes ?? []) {
    const values = entry.probe(probe, apart);
    const first = values.find((value) => !Number.isFinite(value));
    if (first !== undefined) return `the first ${first} is in ${probe.what}`;
  }
  return null;
};
