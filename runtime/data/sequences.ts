// Examples of different lengths: columns of them, their lengths, and padded batches.
import type { FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { countOf, type TensorData } from "../store.ts";
import type { Column } from "./dataset.ts";

/** A column whose examples have different numbers of positions. */
export type SequenceColumn = Column & { readonly starts: Uint32Array };

export type SequenceOptions = {
  /** Shape of one position; a single number by default. */
  readonly shape?: readonly number[];
  /** What fills the shorter sequences of a batch; 0 by default. */
  readonly padding?: number;
  /** Positions kept of a longer sequence, its first ones; all by default. */
  readonly truncate?: number;
};

/** One array for each example, `int` from `Int32Array`, `bool` from `Uint8Array`: positions times their shape. */
export const sequenceColumn = (
  examples: readonly TensorData[],
  { shape = [], padding = 0, truncate = Infinity }: SequenceOptions = {},
): SequenceColumn => {
  const width = countOf(shape);
  if (!(truncate >= 1)) throw bad(`truncate must be at least 1, got ${truncate}`);
  const cut = examples.map((values, i) => {
    if (values.length % width === 0) return values.subarray(0, truncate * width);
    throw bad(`example ${i + 1} has ${values.length} values, no multiple of ${width}`);
  });
  const starts = new Uint32Array(examples.length + 1);
  cut.forEach((values, i) => (starts[i + 1] = starts[i]! + values.length / width));
  const values = likeArray(examples[0] ?? new Float32Array(), starts.at(-1)! * width);
  cut.forEach((one, i) => {
    if (one.constructor !== values.constructor)
      throw bad(`example ${i + 1} is a ${one.constructor.name}, not ${values.constructor.name}`);
    values.set(one, starts[i]! * width);
  });
  return { dtype: dtypeOf(values), shape, values, starts, padding };
};

export const isSequences = (column: Column): column is SequenceColumn =>
  column.starts !== undefined;

/** Positions of each example, as an `int[B]` column. */
export const lengthsOf = ({ starts }: SequenceColumn): Column => ({
  dtype: "i32",
  shape: [],
  values: Int32Array.from(starts.subarray(1), (end, i) => end - starts[i]!),
});

/** The column of lengths that `field` asks for: `lengths` is of the first sequences, `x_lengths` of those called `x`. */
export const missingLengths = (
  columns: ReadonlyMap<string, Column>,
  { name, dtype, shape }: FieldSpec,
): Column | undefined => {
  if (dtype !== "i32" || shape.length !== 1) return undefined;
  const of = /^(.+)_lengths$/.exec(name)?.[1];
  const column =
    name === "lengths" ? [...columns.values()].find(isSequences) : columns.get(of ?? "");
  return column !== undefined && isSequences(column) ? lengthsOf(column) : undefined;
};

/** The examples at `rows`, each filled to the length of the longest: `[rows, T, ...shape]`. */
export const padded = (
  { values, shape, starts, padding = 0 }: SequenceColumn,
  rows: ArrayLike<number>,
  reuse?: TensorData,
): TensorData => {
  const width = countOf(shape);
  let longest = 1;
  for (let i = 0; i < rows.length; i++)
    longest = Math.max(longest, starts[rows[i]! + 1]! - starts[rows[i]!]!);
  const size = longest * width;
  const fits = reuse?.length === rows.length * size && reuse.constructor === values.constructor;
  const batch = (fits ? reuse : likeArray(values, rows.length * size)).fill(padding);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    batch.set(values.subarray(starts[row]! * width, starts[row + 1]! * width), i * size);
  }
  return batch;
};

/** The sequences at `rows`, without padding. */
export const takeSequences = (column: SequenceColumn, rows: ArrayLike<number>): SequenceColumn => {
  const { values, shape, starts: from } = column;
  const width = countOf(shape);
  const starts = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++)
    starts[i + 1] = starts[i]! + from[rows[i]! + 1]! - from[rows[i]!]!;
  const taken = likeArray(values, starts.at(-1)! * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    taken.set(values.subarray(from[row]! * width, from[row + 1]! * width), starts[i]! * width);
  }
  return { ...column, values: taken, starts };
};

/** Number of the example that holds the value at `at`, from 0. */
export const exampleAt = ({ shape, starts }: Column, at: number): number => {
  const position = Math.floor(at / countOf(shape));
  return starts === undefined ? position : starts.findLastIndex((start) => start <= position);
};

/** Positions of each example over all columns of sequences, to put examples of like length together; null without any. */
export const sizesOf = (columns: ReadonlyMap<string, Column>): Uint32Array | null => {
  const sequences = [...columns.values()].filter(isSequences);
  if (sequences.length === 0) return null;
  return Uint32Array.from({ length: sequences[0]!.starts.length - 1 }, (_, i) =>
    sequences.reduce((sum, { starts }) => sum + starts[i + 1]! - starts[i]!, 0),
  );
};

/** Why sequences do not fit a field; null where they do. */
export const sequenceProblem = (
  { shape }: Column,
  { name, shape: declared }: FieldSpec,
): string | null => {
  const [, time, ...position] = declared;
  if (typeof time !== "string")
    return `\`${name}\` takes one length for all, the data has sequences of different lengths`;
  const known = position.filter((size) => typeof size === "number");
  if (known.length < position.length)
    return `\`${name}\`: only the axis after the first may differ from example to example`;
  const [want, has] = [countOf(known), countOf(shape)];
  return want === has ? null : `\`${name}\` needs ${want} values per position, the data has ${has}`;
};

/** Refuses columns that share an axis and differ in the length of an example. */
export const checkAligned = (
  columns: ReadonlyMap<string, Column>,
  fields: readonly FieldSpec[],
): void => {
  const first = new Map<string, { readonly name: string; readonly starts: Uint32Array }>();
  for (const { name, shape } of fields) {
    const { starts } = columns.get(name)!;
    const time = shape[1];
    if (starts === undefined || typeof time !== "string") continue;
    const other = first.get(time) ?? { name, starts };
    first.set(time, other);
    const at = starts.findIndex((start, i) => start !== other.starts[i]);
    if (at < 0) continue;
    const length = (of: Uint32Array): number => of[at]! - of[at - 1]!;
    throw bad(
      `example ${at} has ${length(other.starts)} positions in \`${other.name}\` and ${length(starts)} in \`${name}\`: both are \`${time}\``,
    );
  }
};

const dtypeOf = (values: TensorData): Column["dtype"] =>
  values instanceof Float32Array ? "f32" : values instanceof Int32Array ? "i32" : "bool";

/** An array of the class of `values`. */
export const likeArray = (values: TensorData, length: number): TensorData =>
  values instanceof Float32Array
    ? new Float32Array(length)
    : values instanceof Int32Array
      ? new Int32Array(length)
      : new Uint8Array(length);

const bad = (message: string): DlmError => new DlmError("bad-data", message);
