// One op to a kernel of its own: what the interpreter runs, and what lowering falls back to.

import { CompilerBug } from "../../grammar/bug.ts";
import { symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attr, Attrs, Op } from "../ir/graph.ts";
import type { TensorType } from "../ir/type.ts";
import { axis, load, loops, over, store } from "../kernel/build.ts";
import { createNaming } from "../kernel/free-name.ts";
import type { BufferDecl, Kernel, Stmt } from "../kernel/kernel.ts";
import { isDim } from "./attrs.ts";
import type { FreshAxis, Operand, Target } from "./define.ts";
import { isOpName, ops } from "./index.ts";
import type { OpName } from "./index.ts";

/** Names of operand buffers: a0, a1, … */
export const operandName = (position: number): string => `a${position}`;
/** Names of result buffers: out0, out1, … */
export const resultName = (position: number): string => `out${position}`;

/** Gives `i`, `i1`, `i2`, … for the hint `i`; nothing is given twice. */
export const createFreshAxis = (): FreshAxis => createNaming(new Set());

const bufferOf = (name: string, type: TensorType): BufferDecl => ({ name, ...type });

/** An operand that is a buffer of its own. */
export const operandOf = (buffer: BufferDecl): Operand => ({
  type: { dtype: buffer.dtype, shape: buffer.shape },
  at: (index) => load(buffer, index),
});

/** A result that is a buffer of its own. */
export const targetOf = (buffer: BufferDecl): Target => ({
  ...operandOf(buffer),
  store: (index, value, accumulate) => store(buffer.name, index, value, accumulate ?? null),
});

/** The kernel of one op over dense buffers: operands `a0…`, result `out0`. */
export const kernelOf = (
  name: OpName,
  operandTypes: readonly TensorType[],
  attrs: Attrs,
  resultTypes: readonly TensorType[],
): Kernel => {
  const params = operandTypes.map((type, i) => bufferOf(operandName(i), type));
  const results = resultTypes.map((type, i) => bufferOf(resultName(i), type));
  return {
    name,
    params,
    results,
    sizes: sizeNames([...operandTypes, ...resultTypes], attrs),
    body: bodyOf(name, params, attrs, results),
    span: null,
  };
};

/** As `kernelOf`, of an op in a graph. */
export const kernelOfOp = (op: Op): Kernel => {
  const operandTypes = op.operands.map((value) => value.type);
  const resultTypes = op.results.map((value) => value.type);
  return { ...kernelOf(opNameOf(op), operandTypes, op.attrs, resultTypes), span: op.span };
};

/** The name of an op as a key of the table. */
export const opNameOf = (op: Op): OpName => {
  if (!isOpName(op.name)) throw new CompilerBug(`no op is called '${op.name}'`, op.span);
  return op.name;
};

const bodyOf = (
  name: OpName,
  params: readonly BufferDecl[],
  attrs: Attrs,
  results: readonly BufferDecl[],
): readonly Stmt[] => {
  const fresh = createFreshAxis();
  const operands = params.map(operandOf);
  const target = targetOf(results[0]!);
  const types = operands.map((operand) => operand.type);
  const meaning = ops[name].meaning(types, attrs);
  switch (meaning.kind) {
    case "expr": {
      const nest = target.type.shape.map((extent) => over(fresh("i"), extent));
      const index = nest.map((loop) => axis(loop.name));
      return loops(nest, [target.store(index, meaning.at(operands, index, fresh))]);
    }
    case "body":
      return meaning.build(operands, target, fresh);
    case "none":
      throw new CompilerBug(`${name} has no kernel: ${meaning.reason}`);
  }
};

/** Sizes that an attribute mentions; those of a graph are its own. */
export const dimsIn = (attr: Attr): readonly Dim[] => {
  if (isDim(attr)) return [attr];
  return typeof attr === "object" && "length" in attr ? attr.flatMap(dimsIn) : [];
};

const sizeNames = (types: readonly TensorType[], attrs: Attrs): readonly string[] => {
  const dims = [...types.flatMap((type) => type.shape), ...Object.values(attrs).flatMap(dimsIn)];
  return [...new Set(dims.flatMap(symbolsOf))].sort();
};
