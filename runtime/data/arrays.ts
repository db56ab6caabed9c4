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

/** Row-major values in the field's dtype; shapes may differ as long as each example has as many values. */
export const columnOf = (array: FileArray, field: FieldSpec): Column => {
  const shape = array.shape.slice(1);
  const width = exampleWidth(field);
  if (width !== null && width !== countOf(shape)) {
    throw new DlmError(
      "bad-data",
      `\`${field.name}: [${field.shape.join(", ")}]\` needs ${width} values per example, ` +
        `the array [${array.shape.join(", ")}] has ${countOf(shape)}`,
    );
  }
  const own = field.shape.slice(1).filter((size) => typeof size === "number");
  return {
    dtype: field.dtype,
    shape: width === null ? shape : own,
    values: convert(array.values, field),
  };
};

const convert = (values: NumberArray, field: FieldSpec): TensorData => {
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
        `\`${field.name}\` holds ${value} at position ${i}, not ${what}`,
      );
    }
    converted[i] = value;
  }
  return converted;
};

/** A typed-array constructor. */
export type ArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): NumberArray;
};

/** The elements of a typed-array class from bytes of either order, copied. */
export const elementsOf = (
  bytes: Uint8Array,
  type: ArrayClass,
  bigEndian: boolean,
): NumberArray => {
  const copy = new Uint8Array(bytes);
  const size = type.BYTES_PER_ELEMENT;
  if (bigEndian) {
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  }
  return new type(copy.buffer);
};
