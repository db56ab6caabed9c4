// The packed reference numbers (`*.bin.br`) as named tensors of doubles.

import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

export type GoldenDType = "F64" | "I64" | "BOOL" | "U8";
export type Golden = {
  readonly dtype: GoldenDType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
};

/** One sample of `index.json`: `{ t: k }` in `input`, `args` and `kwargs` is input tensor k. */
export type IndexSample = {
  readonly input: unknown;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly variant: string;
  readonly n: number;
  readonly in: number;
  readonly out: number;
  readonly grads: readonly number[];
};

type Header = {
  readonly tensors: Readonly<Record<string, readonly [GoldenDType, readonly number[]]>>;
  readonly index?: Readonly<Record<string, readonly IndexSample[]>>;
};
export type Goldens = {
  readonly tensors: ReadonlyMap<string, Golden>;
  readonly index: Readonly<Record<string, readonly IndexSample[]>>;
};

/**
 * Layout, after brotli: u32 length of the header, the header as JSON, then all numbers as doubles with byte j of every
 * number before byte j + 1 of any (which halves the size).
 */
const unpack = (file: string): Goldens => {
  const bytes = brotliDecompressSync(readFileSync(new URL(file, import.meta.url)));
  const start = 4 + bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.subarray(4, start).toString("utf8")) as Header;
  const planes = bytes.subarray(start);
  const count = planes.length / 8;
  const joined = new Uint8Array(planes.length);
  for (let j = 0; j < 8; j++) {
    for (let i = 0; i < count; i++) joined[i * 8 + j] = planes[j * count + i]!;
  }
  const numbers = new Float64Array(joined.buffer);
  const tensors = new Map<string, Golden>();
  let offset = 0;
  for (const [name, [dtype, shape]] of Object.entries(header.tensors)) {
    const size = shape.reduce((n, extent) => n * extent, 1);
    tensors.set(name, { dtype, shape, data: numbers.subarray(offset, offset + size) });
    offset += size;
  }
  return { tensors, index: header.index ?? {} };
};

/** Keys `<op>/<n>.in.<k>`, `.out.<k>`, `.cot.<k>` (cotangent of output k) and `.grad.<k>` (of input k). */
export const loadOps = (): Goldens => {
  const ops = unpack("ops.bin.br");
  const ctc = unpack("ctc.bin.br");
  return { index: ops.index, tensors: new Map([...ops.tensors, ...ctc.tensors]) };
};

/** Keys `module.<name>/…`, `optim.<name>/…` and `sched.<name>/…`. */
export const loadModules = (): ReadonlyMap<string, Golden> => unpack("modules.bin.br").tensors;
