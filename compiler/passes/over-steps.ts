// One op of a step of a scan as the same op over all steps: on stacks [length, …] instead of slices.

import type { Dim } from "../ir/dim.ts";
import type { Attrs, Op, Value } from "../ir/graph.ts";
import { dimsAttr, numberAttr, numbersAttr, textAttr } from "../ops/attrs.ts";
import { broadcastAlong } from "../ops/compose.ts";
import { parseSpec, printSpec } from "../ops/contract-spec.ts";
import type { Builder } from "../ops/define.ts";
import * as elementwise from "../ops/elementwise.ts";
import { opNameOf } from "../ops/to-kernel.ts";

/** Builds the stack [length, …] of an op's results from its operands, each a stack or the same in all steps. */
export type OverSteps = (b: Builder, operands: readonly Value[]) => Value;

export const isElementwise = (op: Op): boolean => Object.hasOwn(elementwise, op.name);

/** `stacked`: which operands are stacks; at least one is. Null where the op has no such form. */
export const overSteps = (op: Op, stacked: readonly boolean[], length: Dim): OverSteps | null => {
  const { attrs } = op;
  const name = opNameOf(op);
  const grow = (b: Builder, operands: readonly Value[]): readonly Value[] =>
    operands.map((value, i) =>
      stacked[i] === true ? value : broadcastAlong(b, value, [length, ...value.type.shape], [0]),
    );
  const withAttrs =
    (changed: Attrs): OverSteps =>
    (b, operands) =>
      b.op(name, grow(b, operands), { ...attrs, ...changed });
  const later = (axes: string): Attrs => ({
    [axes]: numbersAttr(attrs, axes).map((axis) => axis + 1),
  });
  const before = (key: string, first: Dim): Attrs => ({ [key]: [first, ...dimsAttr(attrs, key)] });

  if (isElementwise(op)) return withAttrs({});
  switch (name) {
    case "reduceSum":
    case "reduceMax":
    case "reduceProd":
    case "argMax":
      return withAttrs(later("axes"));
    case "reshape":
      return withAttrs(before("shape", length));
    case "broadcast":
      return withAttrs({ ...before("shape", length), ...later("axes") });
    case "transpose":
      return withAttrs({ perm: [0, ...numbersAttr(attrs, "perm").map((axis) => axis + 1)] });
    case "slice":
      return withAttrs({
        ...before("start", 0),
        ...before("count", length),
        ...before("step", 1),
      });
    case "pad":
      return withAttrs({ ...before("lo", 0), ...before("hi", 0), ...before("interior", 0) });
    case "concat":
    case "window":
    case "fold":
    case "cumSum":
      return withAttrs({ axis: numberAttr(attrs, "axis") + 1 });
    case "topK":
      return withAttrs({});
    case "scatterAdd":
      return withAttrs({ batch: numberAttr(attrs, "batch") + 1 });
    case "gather":
      return gatherOver(op, stacked, withAttrs);
    case "contract":
      return contractOver(op, stacked);
    default:
      return null;
  }
};

/** Rows of one table stay one gather with more indices; a table per step is one more batch axis. */
const gatherOver = (
  { attrs }: Op,
  [table]: readonly boolean[],
  withAttrs: (changed: Attrs) => OverSteps,
): OverSteps | null => {
  const batch = numberAttr(attrs, "batch");
  if (table === true) return withAttrs({ batch: batch + 1 });
  return batch === 0 ? (b, operands) => b.op("gather", operands, attrs) : null;
};

const alphabet = "tabcdefghijklmnopqrsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The steps are one more letter: rows of the product, or a batch where both operands are stacks. */
const contractOver = ({ attrs }: Op, [left, right]: readonly boolean[]): OverSteps | null => {
  const { a, b, out } = parseSpec(textAttr(attrs, "spec"));
  const letter = [...alphabet].find((one) => !`${a}${b}${out}`.includes(one));
  if (letter === undefined) return null;
  const spec = printSpec({
    a: left === true ? letter + a : a,
    b: right === true ? letter + b : b,
    out: letter + out,
  });
  return (builder, operands) => builder.op("contract", operands, { ...attrs, spec });
};
