// Finds whole numbers and lengths in the data that the program would refuse, before anything runs.

import type { EntryProgram } from "../../../runtime/abi.ts";
import type { Dataset } from "../../../runtime/data/dataset.ts";
import { exampleAt, isSequences, lengthsOf } from "../../../runtime/data/sequences.ts";
import { exitCode, UserError } from "../exit-code.ts";

/** `source`: what the user calls the data, for the message; `first`: examples of it before these. */
export const checkRanges = (
  entries: readonly EntryProgram[],
  data: Dataset,
  source: string,
  first = 0,
): void => {
  for (const entry of entries) checkLengths(entry, data, source);
  for (const slot of entries.flatMap((entry) => entry.data)) {
    const column = data.columns.get(slot.name);
    if (slot.below === null || column === undefined) continue;
    const { below, except } = slot;
    const at = column.values.findIndex(
      (value) => (value < 0 || value >= below) && value !== except,
    );
    if (at < 0) continue;
    const example = first + exampleAt(column, at) + 1;
    throw new UserError(
      `\`${slot.name}\` is ${column.values[at]} in example ${example} of ${source}; the network takes 0 to ${below - 1} (${slot.at})`,
      column.values[at] === below
        ? "if the classes are counted from 1, count them from 0"
        : "change the number of classes in the .dlm file, or the data",
      exitCode.problems,
    );
  }
};

/** Refuses sequences longer than the bound of their axis. */
const checkLengths = (
  { data: slots, sizes, limits }: EntryProgram,
  data: Dataset,
  source: string,
): void => {
  for (const { name, shape, at } of slots) {
    const column = data.columns.get(name);
    const limit = limits[sizes.indexOf(String(shape[1]))] ?? Infinity;
    if (column === undefined || !isSequences(column)) continue;
    const lengths = lengthsOf(column).values;
    const row = lengths.findIndex((length) => length > limit);
    if (row < 0) continue;
    throw new UserError(
      `\`${name}\` has ${lengths[row]} positions in example ${row + 1} of ${source}; \`${shape[1]}\` is at most ${limit} (${at})`,
      "cut the sequences, or raise the bound in the .dlm file",
      exitCode.problems,
    );
  }
};
