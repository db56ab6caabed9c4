// IDX bytes (the format of MNIST) → an array.
import { DlmError } from "../errors.ts";
import {
  decodeWhole,
  elementsOf,
  type ArrayClass,
  type ArrayLayout,
  type FileArray,
} from "./arrays.ts";

const types = new Map<number, ArrayClass>([
  [0x08, Uint8Array],
  [0x09, Int8Array],
  [0x0b, Int16Array],
  [0x0c, Int32Array],
  [0x0d, Float32Array],
  [0x0e, Float64Array],
]);

const fail = (message: string): never => {
  throw new DlmError("bad-idx", `not an IDX file: ${message}`);
};

/**
 * Two zero bytes, the element type, the number of axes, one big-endian 32-bit size each, the elements big-endian.
 * Null when more bytes are needed to tell.
 */
export const readIdxHeader = (bytes: Uint8Array): ArrayLayout | null => {
  if (bytes.length < 4) return null;
  if (bytes[0] !== 0 || bytes[1] !== 0) return fail("it does not start with two zero bytes");
  const type = types.get(bytes[2]!);
  if (type === undefined) return fail(`unknown element type 0x${bytes[2]!.toString(16)}`);
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (rank === 0) return fail("it has no axes");
  if (bytes.length < start) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    format: "idx",
    shape: Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis)),
    start,
    size: type.BYTES_PER_ELEMENT,
    columnMajor: false,
    decode: (elements) => elementsOf(elements, type, true),
  };
};

export const parseIdx = (bytes: Uint8Array): FileArray =>
  decodeWhole(bytes, readIdxHeader(bytes) ?? fail("its header is cut off"));
