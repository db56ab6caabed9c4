// The record of the time loop: a graph run once per position of the leading axis, with values carried along.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Dim } from "../ir/dim.ts";
import { equalDims } from "../ir/dim.ts";
import type { Attrs, Graph, Op } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { equalTypes, printType } from "../ir/type.ts";
import { dimAttr, flagAttr, graphAttr, numberAttr } from "./attrs.ts";
import type { OpDef } from "./define.ts";

/**
 * The attributes of a scan. Operands are `carries` initial values, `sliced` stacks [length, …], then what every step
 * reads whole; the inputs of `body` are the same without the leading axis of stacks. Its outputs are the next values
 * of the carries, then what each step gives. Results: the last values of the carries, then stacks [length, …].
 */
export type ScanAttrs = {
  readonly body: Graph;
  readonly length: Dim;
  /** From the last position to the first; slices and results keep their positions. */
  readonly reverse: boolean;
  readonly carries: number;
  readonly sliced: number;
};

export const scanAttrs = (attrs: Attrs): ScanAttrs => ({
  body: graphAttr(attrs, "body"),
  length: dimAttr(attrs, "length"),
  reverse: flagAttr(attrs, "reverse"),
  carries: numberAttr(attrs, "carries"),
  sliced: numberAttr(attrs, "sliced"),
});

/** {keep="carries"}: the gradient computes again what a step made, from its carries; else it keeps what is slow to make. */
export const keepsCarriesOnly = (attrs: Attrs): boolean => attrs["keep"] === "carries";

/** The body of a scan, null of any other op. */
export const bodyOf = (op: Op): Graph | null =>
  op.name === "scan" ? graphAttr(op.attrs, "body") : null;

export const stackType = ({ dtype, shape }: TensorType, length: Dim): TensorType => ({
  dtype,
  shape: [length, ...shape],
});

const sliceType = (type: TensorType, length: Dim): TensorType => {
  const [first, ...shape] = type.shape;
  if (first === undefined || !equalDims(first, length))
    throw new CompilerBug(`scan cannot slice ${printType(type)}`);
  return { dtype: type.dtype, shape };
};

export const scan: OpDef = {
  doc: "Runs a graph once per position of the leading axis of stacks, with values carried from step to step.",
  arity: "many",
  infer: (operands, attrs) => {
    const { body, length, carries, sliced } = scanAttrs(attrs);
    const wanted = operands.map((type, i) =>
      i >= carries && i < carries + sliced ? sliceType(type, length) : type,
    );
    const inputs = body.inputs.map((value) => value.type);
    if (wanted.length !== inputs.length)
      throw new CompilerBug(`scan takes ${inputs.length} operands, has ${wanted.length}`);
    const outputs = body.outputs.map((value) => value.type);
    wanted.forEach((type, i) => {
      const next = i < carries ? outputs[i] : inputs[i];
      if (!equalTypes(type, inputs[i]!) || next === undefined || !equalTypes(type, next))
        throw new CompilerBug(`scan: ${printType(type)} is not ${printType(inputs[i]!)}`);
    });
    return outputs.map((type, i) => (i < carries ? type : stackType(type, length)));
  },
  meaning: () => ({ kind: "none", reason: "its body runs in a loop" }),
  vjp: { flat: "the pass that differentiates builds the loop backward" },
  samples: [],
};
