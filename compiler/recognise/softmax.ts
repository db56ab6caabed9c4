// Softmax, its logarithm, and cross-entropy with labels.

import { printDim } from "../ir/dim-text.ts";
import { product } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { numberAttr, numbersAttr } from "../ops/attrs.ts";
import { matched, missed } from "./finding.ts";
import type { Finding, Recogniser, Uses } from "./finding.ts";
import { isOverWindows } from "./pooling.ts";
import { findAhead, findBack, madeBy } from "./walk.ts";

export type Softmax = {
  readonly scores: Value;
  readonly axes: readonly number[];
  readonly exponentials: Value;
  /** Their sum; over an arrangement of them where axes were moved. */
  readonly sum: Op;
};

/** The softmax that a maximum is subtracted in, or what stands against it. */
export const softmaxOf = (max: Op, uses: Uses): Softmax | string => {
  const [scores] = max.operands;
  const differences = uses
    .usersOf(scores!)
    .filter(
      (op) =>
        op.name === "sub" &&
        op.operands[0] === scores &&
        findBack(op.operands[1]!, (other) => other === max) !== null,
    );
  if (differences.length === 0) return "the maximum is subtracted from nothing";
  const exp = differences
    .flatMap((op) => uses.usersOf(op.results[0]!))
    .find((op) => op.name === "exp");
  if (exp === undefined) return "what is left of the scores has no exponential";
  const exponentials = exp.results[0]!;
  const sum = findAhead(
    exponentials,
    uses,
    (op, from) => op.name === "reduceSum" && !madeBy(from, "mul"),
  );
  if (sum === null) return "the exponentials are not summed";
  return { scores: scores!, axes: numbersAttr(max.attrs, "axes"), exponentials, sum };
};

/** Maxima of windows are pooling. */
export const maximaIn = ({ ops }: Uses): readonly Op[] =>
  ops.filter(
    (op) => op.name === "reduceMax" && op.operands[0]!.type.dtype === "f32" && !isOverWindows(op),
  );

export const softmaxes: Recogniser = (uses) =>
  maximaIn(uses).flatMap((max): readonly Finding[] => {
    const found = softmaxOf(max, uses);
    if (typeof found === "string") return [missed("softmax", max.results[0]!, found)];
    const { scores, axes, exponentials, sum } = found;
    const extents = axes.map((axis) => scores.type.shape[axis]!);
    const label = uses
      .usersOf(scores)
      .find(
        (op) =>
          op.name === "gather" && numberAttr(op.attrs, "batch") === scores.type.shape.length - 1,
      );
    const log = findAhead(sum.results[0]!, uses, (op) => op.name === "log");
    const pattern =
      log === null ? "softmax" : label === undefined ? "log-sum of exponentials" : "cross-entropy";
    const size = `over ${printDim(product(extents))}`;
    return [matched(pattern, (log?.results ?? [exponentials])[0]!, size)];
  });
