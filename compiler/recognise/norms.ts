// Normalisation by the root of a mean of squares: layer, batch, group and root-mean-square norm.

import { printDim } from "../ir/dim-text.ts";
import { product } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { numbersAttr } from "../ops/attrs.ts";
import { matched, missed } from "./finding.ts";
import type { Finding, Recogniser, Uses } from "./finding.ts";
import { findAhead, findBack, madeBy, withoutViews } from "./walk.ts";

export const norms: Recogniser = (uses) =>
  uses.ops.flatMap((op): readonly Finding[] => {
    const squares = op.name === "sqrt" ? squaresUnder(op) : null;
    return squares === null ? [] : [norm(op, squares, uses)];
  });

/** The sum of squares that a root is taken of, next to constants. */
const squaresUnder = (root: Op): Op | null => {
  const sum = madeBy(withoutConstants(root.operands[0]!), "reduceSum");
  const square = sum === null ? null : madeBy(sum.operands[0]!, "mul");
  return square !== null && square.operands[0] === square.operands[1] ? sum : null;
};

/** What a value is a constant factor or a constant term away from. */
const withoutConstants = (value: Value): Value => {
  const inner = withoutViews(value);
  const op = madeBy(inner, "add", "mul", "div", "max");
  const rest = op?.operands.filter((operand) => !madeBy(withoutViews(operand), "constant")) ?? [];
  return rest.length === 1 ? withoutConstants(rest[0]!) : inner;
};

const norm = (root: Op, squares: Op, uses: Uses): Finding => {
  const value = root.results[0]!;
  const centred = madeBy(squares.operands[0]!, "mul")!.operands[0]!;
  const axes = numbersAttr(squares.attrs, "axes");
  const { shape } = centred.type;
  const divided = findAhead(value, uses, (op) => op.name === "div" && op.operands[0] === centred);
  const name = nameOf(axes, shape.length, meanOf(centred, axes) !== null);
  if (divided === null) return missed(name, value, "what was squared is not divided by the root");
  const size = printDim(product(axes.map((axis) => shape[axis]!)));
  return matched(name, divided.results[0]!, `over ${size}`);
};

/** The mean over the same axes that was subtracted. */
const meanOf = (centred: Value, axes: readonly number[]): Op | null => {
  const difference = madeBy(centred, "sub");
  if (difference === null) return null;
  return findBack(
    difference.operands[1]!,
    (op) => op.name === "reduceSum" && numbersAttr(op.attrs, "axes").join() === axes.join(),
  );
};

const nameOf = (axes: readonly number[], rank: number, hasMean: boolean): string => {
  if (!hasMean) return "root-mean-square norm";
  return axes.includes(0) ? "batch norm" : axes.includes(rank - 1) ? "layer norm" : "instance norm";
};
