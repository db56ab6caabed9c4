// A tensor of a safetensors file as numbers, and the rearrangements that a correspondence may ask for.

import { DlmError } from "../../../runtime/errors.ts";
import type { SafeTensor } from "../../../runtime/safetensors.ts";
import { countOf } from "../../../runtime/store.ts";

/** Row-major. */
export type Numbers = { readonly shape: readonly number[]; readonly data: Float64Array };

/** What does not fit; the caller says where. */
export const refuse = (message: string): never => {
  throw new DlmError("weights-mismatch", message);
};

export const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** IEEE half: 1 sign, 5 exponent and 10 fraction bits. */
const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
};

/** The upper half of a single. */
const brain = (view: DataView, at: number): number => {
  const single = new DataView(new ArrayBuffer(4));
  single.setUint16(0, view.getUint16(at, true));
  return single.getFloat32(0);
};

type Reader = readonly [bytes: number, read: (view: DataView, at: number) => number];
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["F64", [8, (view, at) => view.getFloat64(at, true)]],
  ["F32", [4, (view, at) => view.getFloat32(at, true)]],
  ["F16", [2, (view, at) => half(view.getUint16(at, true))]],
  ["BF16", [2, brain]],
  ["I64", [8, (view, at) => Number(view.getBigInt64(at, true))]],
  ["I32", [4, (view, at) => view.getInt32(at, true)]],
  ["I16", [2, (view, at) => view.getInt16(at, true)]],
  ["I8", [1, (view, at) => view.getInt8(at)]],
  ["U8", [1, (view, at) => view.getUint8(at)]],
  ["BOOL", [1, (view, at) => view.getUint8(at)]],
]);

export const numbersOf = (name: string, { dtype, shape, bytes }: SafeTensor): Numbers => {
  const reader = readers.get(dtype);
  if (reader === undefined) return refuse(`\`${name}\` is ${dtype}, which cannot be read`);
  const [size, read] = reader;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    shape,
    data: Float64Array.from({ length: countOf(shape) }, (_, i) => read(view, i * size)),
  };
};

/** Axis i of the result is axis `order[i]` of `x`. */
export const permute = (x: Numbers, order: readonly number[]): Numbers => {
  const { shape } = x;
  if (order.toSorted((a, b) => a - b).join() !== shape.map((_, axis) => axis).join())
    return refuse(`the axes ${order.join(", ")} are not those of ${shapeText(shape)}`);
  const strides = shape.map((_, axis) => countOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const data = Float64Array.from({ length: x.data.length }, (_, flat) => {
    let [rest, from] = [flat, 0];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += (rest % sizes[axis]!) * steps[axis]!;
      rest = Math.floor(rest / sizes[axis]!);
    }
    return x.data[from]!;
  });
  return { shape: sizes, data };
};

/** Part `i` of `n` equal ones of the first axis. */
export const part = ({ shape, data }: Numbers, i: number, n: number): Numbers => {
  const rows = (shape[0] ?? 0) / n;
  if (!Number.isInteger(rows) || i >= n)
    return refuse(`${shapeText(shape)} has no part ${i} of ${n}`);
  const size = rows * countOf(shape.slice(1));
  return { shape: [rows, ...shape.slice(1)], data: data.slice(i * size, (i + 1) * size) };
};

/** Axes from `from` on as one. */
export const flatten = ({ shape, data }: Numbers, from: number): Numbers => ({
  shape: [...shape.slice(0, from), countOf(shape.slice(from))],
  data,
});

/** An axis as two, the second of size `inner`. */
export const unflatten = ({ shape, data }: Numbers, axis: number, inner: number): Numbers => {
  const outer = (shape[axis] ?? NaN) / inner;
  if (!Number.isInteger(outer))
    return refuse(`axis ${axis} of ${shapeText(shape)} is no multiple of ${inner}`);
  return { shape: shape.toSpliced(axis, 1, outer, inner), data };
};

/** One behind the other along the first axis. */
export const join = (parts: readonly Numbers[]): Numbers => {
  const inner = parts[0]!.shape.slice(1);
  const odd = parts.find(({ shape }) => shape.slice(1).join() !== inner.join());
  if (odd !== undefined)
    return refuse(`${shapeText(odd.shape)} does not continue ${shapeText(parts[0]!.shape)}`);
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return {
    shape: [rows, ...inner],
    data: Float64Array.from(parts.flatMap(({ data }) => [...data])),
  };
};

export const add = (a: Numbers, b: Numbers): Numbers =>
  a.shape.join() === b.shape.join()
    ? { shape: a.shape, data: a.data.map((value, i) => value + b.data[i]!) }
    : refuse(`${shapeText(a.shape)} and ${shapeText(b.shape)} do not add up`);
