// Arrays as files hold them → columns of the dtype and shape that a field asks for.
import type { FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import { countOf, type TensorData } from "../store.ts";
import { exampleWidth, type Column } from "./dataset.ts";

export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** An array of a file: the first axis counts examples. */
export type FileArray = { readonly shape: readonly number[]; readonly values: NumberArray };

/** What the start of a file says: which array follows, and how it is stored. */
export type ArrayLayout = {
  readonly format: "idx" | "npy";
  readonly shape: readonly number[];
  /** Bytes before the first element, and of each element. */
  readonly start: number;
  readonly size: number;
  /** Whether the first axis runs fastest. */
  readonly columnMajor: boolean;
  /** Elements in the order of the file. */
  readonly decode: (bytes: Uint8Array) => NumberArray;
};

/** The array in the bytes of a whole file. */
export const decodeWhole = (bytes: Uint8Array, layout: ArrayLayout): FileArray => {
  const { start, shape, columnMajor, decode } = layout;
  checkSize(layout, bytes.length - start);
  const values = decode(bytes.subarray(start));
  return { shape, values: columnMajor ? toRowMajor(values, shape) : values };
};

/** Refuses a file with `found` bytes after its header where the array takes others. */
export const checkSize = ({ format, shape, size }: ArrayLayout, found: number): void => {
  const wanted = countOf(shape) * size;
  if (found === wanted) return;
  throw new DlmError(
    `bad-${format}`,
    `not an ${format.toUpperCase()} file: [${shape.join(", ")}] takes ${wanted} bytes, the file has ${found}`,
  );
};

/** First axis fastest → last axis fastest. */
const toRowMajor = (values: NumberArray, shape: readonly number[]): NumberArray => {
  const result = values.slice();
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < values.length; at++) {
    let row = 0;
    shape.forEach((size, axis) => (row = row * size + index[axis]!));
    result[row] = values[at]!;
    for (let axis = 0; axis < shape.length && ++index[axis]! === shape[axis]; axis++) {
      index[axis] = 0;
    }
  }
  return result;
};

/** Shape of an example [...] of the array [N, ...] in a field; shapes may differ as long as there are as many values. */
export const exampleShape = (shape: readonly number[], field: FieldSpec): readonly number[] => {
  const width = exampleWidth(field);
  const found = shape.slice(1);
  if (width === null) return found;
  if (width !== countOf(found)) {
    throw new DlmError(
      "bad-data",
      `\`${field.name}: [${field.shape.join(", ")}]\` needs ${width} values per example, ` +
        `the array [${shape.join(", ")}] has ${countOf(found)}`,
    );
  }
  return field.shape.slice(1).filter((size) => typeof size === "number");
};

/** Row-major values in the field's dtype. `first`: elements of the file before them, for errors. */
export const columnOf = ({ shape, values }: FileArray, field: FieldSpec, first = 0): Column => ({
  dtype: field.dtype,
  shape: exampleShape(shape, field),
  values: convert(values, field, first),
});

const convert = (values: NumberArray, field: FieldSpec, first: number): TensorData => {
  if (field.dtype === "f32") {
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }
  const [converted, lo, hi, what] =
    field.dtype === "i32"
      ? ([new Int32Array(values.length), -(2 ** 31), 2 ** 31 - 1, "a whole number"] as const)
      : ([new Uint8Array(values.length), 0, 1, "0 or 1"] as const);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value) || value < lo || value > hi) {
      throw new DlmError(
        "bad-data",
        `\`${field.name}\` holds ${value} at position ${first + i}, not ${what}`,
      );
    }
    converted[i] = value;
  }
  return converted;
};

/** A typed-array constructor. */
export type ArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, from?: number, length?: number): NumberArray;
};

/** The elements of a typed-array class from bytes of either order; where they are of more than a byte, copied. */
export const elementsOf = (
  bytes: Uint8Array,
  type: ArrayClass,
  bigEndian: boolean,
): NumberArray => {
  const size = type.BYTES_PER_ELEMENT;
  if (size === 1) return new type(bytes.buffer, bytes.byteOffset, bytes.length);
  const copy = new Uint8Array(bytes);
  if (bigEndian) reverseEach(copy, size);
  return new type(copy.buffer);
};

/** The bytes of each element, without a view of each: there are millions. */
const reverseEach = (bytes: Uint8Array, size: number): void => {
  for (let at = 0; at < bytes.length; at += size) {
    for (let k = 0; k < size >> 1; k++) {
      const [low, high] = [at + k, at + size - 1 - k];
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
};
