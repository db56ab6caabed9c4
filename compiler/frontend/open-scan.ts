// A scan whose stages are being elaborated: what stands for a slice, a state or a buffer inside one step.

import type { Span } from "../../grammar/span.ts";
import { ancestorsOf } from "../ir/ancestors.ts";
import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { stackType } from "../ops/scan.ts";
import type { Context } from "./context.ts";
import type { Item } from "./value.ts";

/** A value that goes from step to step. `next` is known once the stages have run. */
export type Carry = {
  readonly start: Value;
  readonly inside: Value;
  readonly next: () => Value | null;
};

export type OpenScan = {
  readonly number: number;
  readonly length: Dim;
  readonly carries: Carry[];
  /** Stacks [length, …] and what stands for one position of them. */
  readonly slices: { readonly stack: Value; readonly inside: Value }[];
  /** What `from` gives, for the states in the order in which they come. */
  readonly from: readonly { readonly item: Item; readonly span: Span }[] | null;
  /** States met so far. */
  states: number;
  /** Buffers that the steps update, by path: what stands for the value before the step. */
  readonly buffers: Map<string, { readonly start: Value; readonly inside: Value }>;
};

/** An input of the step that is being built. */
export const insideScan = (ctx: Context, scan: OpenScan, hint: string, type: TensorType): Value => {
  const name = `scan${scan.number}.${scan.carries.length + scan.slices.length}_${hint}`;
  return ctx.builder.input("%", name, type);
};

/** What every value that depends on the step of a scan comes from. */
export const insidesOf = ({ carries, slices }: OpenScan): readonly Value[] =>
  [...carries, ...slices].map(({ inside }) => inside);

/** Whether a value differs from step to step of a scan. */
export const variesIn = (scan: OpenScan, value: Value): boolean => {
  const from = ancestorsOf([value]);
  return insidesOf(scan).some((inside) => from.has(inside));
};

/** One position of a stack [length, …]. */
export const sliceStack = (ctx: Context, scan: OpenScan, stack: Value, hint: string): Value => {
  const { dtype, shape } = stack.type;
  const inside = insideScan(ctx, scan, hint, { dtype, shape: shape.slice(1) });
  scan.slices.push({ stack, inside });
  return inside;
};

/** A random tensor of the shape: one for all steps of the scans around it, of which each step sees its part. */
export const drawInScans = (
  ctx: Context,
  shape: readonly Dim[],
  draw: (shape: readonly Dim[]) => Value,
): Value => {
  const { scans } = ctx.state;
  const type = scans.reduceRight<TensorType>((inner, { length }) => stackType(inner, length), {
    dtype: "f32",
    shape,
  });
  return scans.reduce((stack, scan) => sliceStack(ctx, scan, stack, "draw"), draw(type.shape));
};

/** The value of a buffer: while training, inside a scan, what the step before left. */
export const bufferInScans = (ctx: Context, path: string, start: Value): Value => {
  const { state } = ctx;
  let value = state.buffers.get(path) ?? start;
  if (!ctx.training) return value;
  for (const scan of state.scans) {
    if (scan.buffers.has(path)) continue;
    const hint = path.split(".").at(-1)!;
    const inside = insideScan(ctx, scan, hint, value.type);
    scan.carries.push({ start: value, inside, next: () => state.buffers.get(path) ?? inside });
    scan.buffers.set(path, { start: value, inside });
    state.buffers.set(path, inside);
    value = inside;
  }
  return value;
};
