// NPY bytes (NumPy's array files) → an array.
import { DlmError } from "../errors.ts";
import {
  decodeWhole,
  elementsOf,
  type ArrayClass,
  type ArrayLayout,
  type FileArray,
  type NumberArray,
} from "./arrays.ts";

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

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Versions 1 to 3; whole numbers of 64 bits become doubles, and must be exact in them. Null when more bytes are needed
 * to tell.
 */
export const readNpyHeader = (bytes: Uint8Array): ArrayLayout | null => {
  if (magic.some((byte, i) => i < bytes.length && bytes[i] !== byte)) {
    return fail("it does not start with \\x93NUMPY");
  }
  if (bytes.length < 12) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) return fail(`version ${version} is not known`);
  const before = version === 1 ? 10 : 12;
  const start = before + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) return null;
  const text = new TextDecoder().decode(bytes.subarray(before, start));
  const { shape, order, kind, fortran } = parseHeader(text);
  return {
    format: "npy",
    shape,
    start,
    size: Number(kind.slice(1)),
    columnMajor: fortran && shape.length > 1,
    decode: (elements) => decode(elements, kind, order === ">"),
  };
};

export const parseNpy = (bytes: Uint8Array): FileArray =>
  decodeWhole(bytes, readNpyHeader(bytes) ?? fail("its header is cut off"));

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
