// IDX bytes (the format of MNIST) → an array.
import { DlmError } from "../errors.ts";
import { elementsOf, type ArrayClass, type FileArray } from "./arrays.ts";

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

/** Two zero bytes, the element type, the number of axes, one big-endian 32-bit size each, the elements big-endian. */
export const parseIdx = (bytes: Uint8Array): FileArray => {
  if (bytes.length < 4) return fail(`${bytes.length} bytes are too few`);
  if (bytes[0] !== 0 || bytes[1] !== 0) return fail("it does not start with two zero bytes");
  const type = types.get(bytes[2]!);
  if (type === undefined) return fail(`unknown element type 0x${bytes[2]!.toString(16)}`);
  const rank = bytes[3]!;
  const header = 4 + 4 * rank;
  if (rank === 0) return fail("it has no axes");
  if (bytes.length < header) return fail("the sizes are cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const wanted = shape.reduce((product, size) => product * size, type.BYTES_PER_ELEMENT);
  const found = bytes.length - header;
  if (found !== wanted) {
    return fail(`[${shape.join(", ")}] takes ${wanted} bytes, the file has ${found}`);
  }
  return { shape, values: elementsOf(bytes.subarray(header), type, true) };
};
