// Safetensors bytes ↔ named tensors. The reader refuses whatever the format does not promise.
import { DlmError } from "./errors.ts";
import { parseHeader, type HeaderEntry } from "./safetensors-header.ts";

/** One tensor: its little-endian bytes, row-major. */
export type SafeTensor = {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
};

export type SafeTensors = {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: ReadonlyMap<string, string>;
};

/** Bits per element of every dtype of the format. */
const bitsOf: ReadonlyMap<string, number> = new Map(
  Object.entries({
    "4": "F4",
    "6": "F6_E2M3 F6_E3M2",
    "8": "BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0",
    "16": "I16 U16 F16 BF16",
    "32": "I32 U32 F32",
    "64": "I64 U64 F64 C64",
  }).flatMap(([bits, names]) => names.split(" ").map((name) => [name, Number(bits)] as const)),
);

const maxHeader = 100_000_000;

const fail = (message: string): never => {
  throw new DlmError("bad-safetensors", `not a safetensors file: ${message}`);
};

/** The tensors are views of `file`. Throws `bad-safetensors` on any broken rule. */
export const readSafetensors = (file: Uint8Array): SafeTensors => {
  // Node's Buffer is a Uint8Array whose `slice` does not copy: hand out plain ones.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 8) fail(`${bytes.length} bytes are too few`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > maxHeader) fail("the header is too long");
  if (8 + length > bytes.length) fail("the header is cut off");
  const { entries, metadata } = parseHeader(decode(bytes.subarray(8, 8 + length)));
  const data = bytes.subarray(8 + length);

  let covered = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const what = `tensor ${JSON.stringify(entry.name)}`;
    if (entry.begin > covered) fail(`${entry.begin - covered} bytes before ${what} are unused`);
    if (entry.begin < covered) fail(`${what} overlaps the tensor before it`);
    if (entry.end < entry.begin) fail(`${what} ends before it begins`);
    if (entry.end > data.length) fail(`${what} is cut off`);
    if (entry.end - entry.begin !== byteLength(entry, what)) {
      fail(
        `${what} has ${entry.end - entry.begin} bytes, not those of ${entry.dtype} of its shape`,
      );
    }
    covered = entry.end;
  }
  if (covered !== data.length) fail(`${data.length - covered} bytes at the end are unused`);

  const tensors = new Map<string, SafeTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(name, { dtype, shape, bytes: data.subarray(begin, end) });
  }
  return { tensors, metadata };
};

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("the header is not UTF-8");
  }
};

const byteLength = (entry: HeaderEntry, what: string): number => {
  const bits = bitsOf.get(entry.dtype);
  if (bits === undefined)
    return fail(`${what} has the unknown dtype ${JSON.stringify(entry.dtype)}`);
  const total = entry.shape.reduce((product, size) => exact(product * size, what), 1);
  const length = exact(total * bits, what) / 8;
  return Number.isInteger(length) ? length : fail(`${what} ends inside a byte`);
};

const exact = (value: number, what: string): number =>
  Number.isSafeInteger(value) ? value : fail(`${what} is too large`);

/** Wide dtypes first, then by name, so that every tensor is aligned and equal content gives equal bytes. */
export const writeSafetensors = (
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array => {
  const ordered = [...tensors].toSorted(
    ([aName, a], [bName, b]) =>
      (bitsOf.get(b.dtype) ?? 0) - (bitsOf.get(a.dtype) ?? 0) || (aName < bName ? -1 : 1),
  );
  const members: string[] = [];
  const member = (key: string, value: unknown): void =>
    void members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  if (metadata.size > 0) {
    member(
      "__metadata__",
      Object.fromEntries([...metadata].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    );
  }
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of ordered) {
    const begin = end;
    end += bytes.length;
    member(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const headerLength = Math.ceil(text.length / 8) * 8;

  const file = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(file.buffer).setUint32(0, headerLength, true);
  file.set(text, 8);
  let at = 8 + headerLength;
  for (const [, { bytes }] of ordered) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
};
