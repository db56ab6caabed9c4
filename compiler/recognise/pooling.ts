// Pooling: the maximum or the sum of each window, and the gradient of a maximum without scattering.

import { printDim } from "../ir/dim-text.ts";
import { product } from "../ir/dim.ts";
import type { Op } from "../ir/graph.ts";
import { numbersAttr } from "../ops/attrs.ts";
import { matched } from "./finding.ts";
import type { Finding, Recogniser } from "./finding.ts";
import { madeBy } from "./walk.ts";

const names: Readonly<Record<string, string>> = {
  reduceMax: "max pooling",
  reduceSum: "average pooling",
  argMax: "max pooling, place of the maximum",
};

export const poolings: Recogniser = ({ ops }) =>
  ops.flatMap((op): readonly Finding[] => {
    const name = names[op.name];
    if (name === undefined || !isOverWindows(op)) return [];
    const { shape } = op.operands[0]!.type;
    const taps = numbersAttr(op.attrs, "axes").map((axis) => shape[axis]!);
    return [matched(name, op.results[0]!, `windows of ${printDim(product(taps))}`)];
  });

/** Windows that do not overlap are an arrangement of what they show. */
export const isOverWindows = (op: Op): boolean => {
  const [operand] = op.operands;
  if (madeBy(operand!, "window") !== null) return true;
  const split = madeBy(operand!, "reshape");
  const axes = op.attrs["axes"] === undefined ? [] : numbersAttr(op.attrs, "axes");
  return (
    split !== null &&
    split.operands[0]!.type.shape.length < operand!.type.shape.length &&
    axes.every((axis) => axis > 1)
  );
};
