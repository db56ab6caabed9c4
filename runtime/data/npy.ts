// NPY bytes (NumPy's array files) → an array.
import { DlmError } from "../errors.ts";
import { elementsOf, type ArrayClass, type FileArray, type NumberArray } from "./arrays.ts";

const types = new Map<string, ArrayClass>([
  ["b1", Uint8Array],
  ["u1", Uint8Array],
  ["i1", Int8Array],
  ["u2", Uint16Array],
  ["i2", Int16Array],
  ["u4", Uint32Array],
  ["i4", Int32Array],
  ["f4", Float32Array],
  ["f8", Float64Array],
]);

const fail = (message: string): never => {
  throw new DlmError("bad-npy", `not an NPY file: ${message}`);
};

/** Versions 1 to 3; whole numbers of 64 bits become doubles, and must be exact in them. */
export const parseNpy = (bytes: Uint8Array): FileArray => {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    return fail("it does not start with \\x93NUMPY");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) return fail(`version ${version} is not known`);
  if (version > 1 && bytes.length < 12) return fail("the header is cut off");
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) return fail("the header is cut off");
  const header = parseHeader(new TextDecoder().decode(bytes.subarray(start, start + length)));
  const data = bytes.subarray(start + length);
  const { shape, order, kind } = header;
  const count = shape.reduce((product, size) => product * size, 1);
  const size = Number(kind.slice(1));
  if (data.length !== count * size) {
    return fail(`[${shape.join(", ")}] takes ${count * size} bytes, the file has ${data.length}`);
  }
  const values = decode(data, kind, order === ">");
  return { shape, values: header.fortran ? toRowMajor(values, shape) : values };
};

type NpyHeader = {
  readonly order: string;
  /** Type letter and bytes: `f4`. */
  readonly kind: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
};

/** A Python dictionary: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
const parseHeader = (text: string): NpyHeader => {
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d+)'/.exec(text);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(\s*((?:\d+\s*,?\s*)*)\)/.exec(text);
  if (descr === null) return fail("the element type cannot be read (structured arrays are not)");
  if (fortran === null || shape === null) return fail("the header lacks its order or shape");
  return {
    order: descr[1]!,
    kind: descr[2]!,
    fortran: fortran[1] === "True",
    shape: (shape[1]!.match(/\d+/g) ?? []).map(Number),
  };
};

const decode = (data: Uint8Array, kind: string, bigEndian: boolean): NumberArray => {
  const type = types.get(kind);
  if (type !== undefined) return elementsOf(data, type, bigEndian);
  if (kind !== "i8" && kind !== "u8") return fail(`element type \`${kind}\` is not supported`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: data.length / 8 }, (_, i) => {
    const little = !bigEndian;
    const value =
      kind === "i8" ? view.getBigInt64(8 * i, little) : view.getBigUint64(8 * i, little);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : fail(`${value} is not exact in a double`);
  });
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
