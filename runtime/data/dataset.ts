// Examples as columns of typed arrays, and batches gathered from them.
import type { DType, FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { countOf, type TensorData } from "../store.ts";
import {
  checkAligned,
  isSequences,
  likeArray,
  missingLengths,
  padded,
  sequenceProblem,
  takeSequences,
} from "./sequences.ts";

/** One value per example; `shape` is that of one example. */
export type Column = {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: TensorData;
  /** Example i starts at value `first + i * stride`; without it, examples follow each other. */
  readonly windows?: { readonly first: number; readonly stride: number };
  /**
   * Where each example of a sequence column starts, and the end of the last; `shape` is then that of one position.
   * Batches of it are `[B, T, ...shape]`, T being the longest length in the batch.
   */
  readonly starts?: Uint32Array;
  /** What fills the shorter sequences of a batch; 0 by default. */
  readonly padding?: number;
};

export type Dataset = {
  /** Number of examples. */
  readonly length: number;
  readonly columns: ReadonlyMap<string, Column>;
};

/** Where examples come from: all in memory, the same or others in each epoch; or in pieces, afresh for each pass. */
export type Source =
  | { readonly kind: "table"; readonly data: Dataset }
  /** As many in each. */
  | { readonly kind: "epochs"; readonly at: (epoch: number) => Dataset }
  | { readonly kind: "stream"; readonly open: () => AsyncIterable<Dataset> };

/** Arrays of one batch by field. */
export type ArrayBatch = Readonly<Record<string, TensorData>>;

/** Columns of equal length. */
export const datasetOf = (columns: Iterable<readonly [name: string, column: Column]>): Dataset => {
  const map = new Map(columns);
  let length: number | null = null;
  for (const [name, { shape, values, starts }] of map) {
    const count = starts === undefined ? values.length / countOf(shape) : starts.length - 1;
    if (!Number.isInteger(count)) {
      throw bad(`\`${name}\` has ${values.length} values, no multiple of [${shape.join(", ")}]`);
    }
    if (length !== null && count !== length) {
      throw bad(`\`${name}\` has ${count} examples, \`${[...map.keys()][0]}\` has ${length}`);
    }
    length = count;
  }
  return { length: length ?? 0, columns: map };
};

/**
 * The columns that a recipe or model reads, in their order; refuses what does not fit. Lengths of sequences, a field
 * `lengths` or `x_lengths`, are filled in where the data lacks them.
 */
export const selectFields = (data: Dataset, fields: readonly FieldSpec[]): Dataset => {
  const columns = new Map(
    fields.map((field) => {
      const column = data.columns.get(field.name) ?? missingLengths(data.columns, field);
      if (column === undefined) {
        const known = [...data.columns.keys()].map((name) => `\`${name}\``).join(", ");
        throw bad(`the data has no \`${field.name}\` (it has ${known || "nothing"})`);
      }
      if (column.dtype !== field.dtype) {
        throw bad(`\`${field.name}\` should be ${field.dtype}, the data has ${column.dtype}`);
      }
      if (isSequences(column)) {
        const problem = sequenceProblem(column, field);
        if (problem !== null) throw bad(problem);
        return [field.name, column];
      }
      const width = exampleWidth(field);
      if (width !== null && width !== countOf(column.shape)) {
        throw bad(
          `\`${field.name}\` needs ${width} values per example, the data has ${countOf(column.shape)}`,
        );
      }
      return [field.name, column];
    }),
  );
  checkAligned(columns, fields);
  return { length: data.length, columns };
};

/** Values per example of a field, `null` when a size other than the batch is symbolic. */
export const exampleWidth = (field: FieldSpec): number | null =>
  field.shape
    .slice(1)
    .reduce<number | null>(
      (p, size) => (p === null || typeof size === "string" ? null : p * size),
      1,
    );

/** The examples at `rows`, copied; into the arrays of `reuse` when they have the right length. */
export const gather = (data: Dataset, rows: ArrayLike<number>, reuse?: ArrayBatch): ArrayBatch =>
  Object.fromEntries(
    [...data.columns].map(([name, column]) => {
      if (isSequences(column)) return [name, padded(column, rows, reuse?.[name])];
      const into = arrayFor(column, rows.length, reuse?.[name]);
      copyRows(column, rows, into, 0);
      return [name, into];
    }),
  );

/** Arrays for `count` examples. */
export const emptyBatch = (data: Dataset, count: number, reuse?: ArrayBatch): ArrayBatch =>
  Object.fromEntries(
    [...data.columns].map(([name, column]) => [name, arrayFor(column, count, reuse?.[name])]),
  );

/** For `count` examples: `old`, or a new one. */
const arrayFor = ({ shape, values }: Column, count: number, old?: TensorData): TensorData => {
  const length = count * countOf(shape);
  return old?.length === length ? old : likeArray(values, length);
};

/** Copies the example at `row` to position `at` of a batch. */
export const copyExample = (data: Dataset, row: number, batch: ArrayBatch, at: number): void => {
  for (const [name, column] of data.columns) copyRows(column, [row], batch[name]!, at);
};

/** Copies examples of one column to positions from `at` on. */
const copyRows = (
  { shape, values, windows }: Column,
  rows: ArrayLike<number>,
  into: TensorData,
  at: number,
): void => {
  const width = countOf(shape);
  const { first, stride } = windows ?? { first: 0, stride: width };
  for (let i = 0; i < rows.length; i++) {
    const [from, to] = [first + rows[i]! * stride, (at + i) * width];
    // Copying by view is slower for a few values.
    if (width > 16) into.set(values.subarray(from, from + width), to);
    else for (let k = 0; k < width; k++) into[to + k] = values[from + k]!;
  }
};

/** A table of the examples at `rows`. */
export const takeRows = (data: Dataset, rows: ArrayLike<number>): Dataset => {
  const arrays = gather(data, rows);
  const taken = [...data.columns].map(
    ([name, column]) =>
      [
        name,
        isSequences(column)
          ? takeSequences(column, rows)
          : { dtype: column.dtype, shape: column.shape, values: arrays[name]! },
      ] as const,
  );
  return { length: rows.length, columns: new Map(taken) };
};

/** The arrays of `length` examples as a table like `data`. */
export const tableOf = (data: Dataset, arrays: ArrayBatch, length: number): Dataset => ({
  length,
  columns: new Map(
    [...data.columns].map(([name, { dtype, shape }]) => [
      name,
      { dtype, shape, values: arrays[name]! },
    ]),
  ),
});

const bad = (message: string): DlmError => new DlmError("bad-data", message);
