// Input normalisation: fitted per value on training data, applied to arrays, carried along with the weights.
import { DlmError } from "../errors.ts";
import { countOf, type TensorData } from "../store.ts";
import type { ArrayBatch, Dataset } from "./dataset.ts";

/** `standard`: mean 0, deviation 1; `minmax`: into 0..1. */
export type NormaliseKind = "standard" | "minmax";

/** (x - shift) * scale for each value of an example. */
export type FieldNormalisation = {
  readonly shift: readonly number[];
  readonly scale: readonly number[];
};

export type Normalisation = ReadonlyMap<string, FieldNormalisation>;

/** Fits over all rows of the pieces; each field must be a float column. */
export const fitNormalisation = async (
  pieces: Iterable<Dataset> | AsyncIterable<Dataset>,
  fields: readonly (readonly [name: string, kind: NormaliseKind])[],
): Promise<Normalisation> => {
  const fits = new Map<string, ColumnFit>();
  for await (const piece of pieces) {
    for (const [name] of fields) {
      const column = piece.columns.get(name);
      if (column === undefined || column.dtype !== "f32") {
        throw new DlmError(
          "bad-data",
          `only float fields can be normalised, \`${name}\` is not one`,
        );
      }
      const fit = fits.get(name) ?? columnFit(countOf(column.shape));
      fits.set(name, fit);
      fit.add(column.values);
    }
  }
  return new Map(
    fields.flatMap(([name, kind]) => {
      const fit = fits.get(name);
      return fit === undefined ? [] : [[name, fit.result(kind)] as const];
    }),
  );
};

type ColumnFit = {
  readonly add: (values: TensorData) => void;
  readonly result: (kind: NormaliseKind) => FieldNormalisation;
};

/** Running mean and squared deviation (Welford 1962), least and greatest, of each of `width` values. */
const columnFit = (width: number): ColumnFit => {
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  const least = new Float64Array(width).fill(Infinity);
  const greatest = new Float64Array(width).fill(-Infinity);
  let count = 0;
  return {
    add: (values) => {
      for (let start = 0; start < values.length; start += width) {
        count++;
        for (let k = 0; k < width; k++) {
          const value = values[start + k]!;
          const delta = value - mean[k]!;
          mean[k]! += delta / count;
          squares[k]! += delta * (value - mean[k]!);
          least[k] = Math.min(least[k]!, value);
          greatest[k] = Math.max(greatest[k]!, value);
        }
      }
    },
    result: (kind) => {
      const spread = (k: number): number =>
        kind === "standard" ? Math.sqrt(squares[k]! / count) : greatest[k]! - least[k]!;
      return {
        shift: Array.from(kind === "standard" ? mean : least),
        // A value that never changes is only shifted.
        scale: Array.from({ length: width }, (_, k) => (spread(k) > 0 ? 1 / spread(k) : 1)),
      };
    },
  };
};

/** New arrays for the fields that have a normalisation; the others as they are. */
export const normaliseBatch = <B extends ArrayBatch>(
  normalisation: Normalisation,
  batch: B,
): B => ({
  ...batch,
  ...Object.fromEntries(
    [...normalisation].flatMap(([name, field]) =>
      batch[name] === undefined ? [] : [[name, normaliseValues(name, field, batch[name])]],
    ),
  ),
});

export const normaliseDataset = (normalisation: Normalisation, data: Dataset): Dataset => ({
  length: data.length,
  columns: new Map(
    [...data.columns].map(([name, column]) => {
      const field = normalisation.get(name);
      if (field === undefined) return [name, column];
      return [name, { ...column, values: normaliseValues(name, field, column.values) }];
    }),
  ),
});

const normaliseValues = (
  name: string,
  { shift, scale }: FieldNormalisation,
  values: TensorData,
): Float32Array => {
  const width = shift.length;
  if (values.length % width !== 0) {
    throw new DlmError("bad-data", `\`${name}\` was normalised with ${width} values per example`);
  }
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = (values[i]! - shift[i % width]!) * scale[i % width]!;
  }
  return result;
};

const metadataKey = "dlm.normalisation";

/** Notes it where `save` of a trainer and of its nets puts it into the file. */
export const noteNormalisation = (
  metadata: Map<string, string>,
  normalisation: Normalisation,
): void => void metadata.set(metadataKey, JSON.stringify(Object.fromEntries(normalisation)));

/** What a loaded file says about its inputs; empty when it says nothing. */
export const readNormalisation = (metadata: ReadonlyMap<string, string>): Normalisation => {
  const text = metadata.get(metadataKey);
  if (text === undefined) return new Map();
  const fields = parse(text);
  if (fields === null) {
    throw new DlmError("bad-safetensors", "the file's input normalisation cannot be read");
  }
  return fields;
};

const parse = (text: string): Normalisation | null => {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, FieldNormalisation>);
    return entries.every(([, field]) => isNumbers(field.shift) && isNumbers(field.scale))
      ? new Map(entries)
      : null;
  } catch {
    return null;
  }
};

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((item) => Number.isFinite(item));
