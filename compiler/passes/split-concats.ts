// Products over a concatenation as sums of products, where its parts are not known at the same time.

import type { Dim } from "../ir/dim.ts";
import * as dim from "../ir/dim.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { numberAttr, textAttr } from "../ops/attrs.ts";
import { sliceAlong } from "../ops/compose.ts";
import { contractedLetters, parseSpec } from "../ops/contract-spec.ts";
import type { Builder } from "../ops/define.ts";
import { opNameOf } from "../ops/to-kernel.ts";
import { rebuild } from "./rebuild.ts";

/**
 * contract(concat(a, b), W) over the axis of the concat -> contract(a, slice W) + contract(b, slice W), if a and b
 * differ by `classOf`.
 */
export const splitConcats = (body: Graph, classOf: (value: Value) => unknown): Graph => {
  const sides = new Map(body.ops.map((op) => [op, splitSide(op, classOf)]));
  return [...sides.values()].every((side) => side === null)
    ? body
    : rebuild(body, ({ b, at }, op, operands) => {
        const side = sides.get(op) ?? null;
        return side === null
          ? b.op(opNameOf(op), operands, op.attrs)
          : sumOfParts(b, op, side, operands, at);
      });
};

const concatOf = ({ def }: Value): Op | null =>
  def.kind === "result" && def.op.name === "concat" ? def.op : null;

const splitSide = (op: Op, classOf: (value: Value) => unknown): 0 | 1 | null => {
  if (op.name !== "contract") return null;
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const fits = (side: 0 | 1): boolean => {
    const joined = concatOf(op.operands[side]!);
    if (joined === null || new Set(joined.operands.map(classOf)).size < 2) return false;
    const letter = (side === 0 ? spec.a : spec.b)[numberAttr(joined.attrs, "axis")]!;
    return contractedLetters(spec).includes(letter);
  };
  return fits(0) ? 0 : fits(1) ? 1 : null;
};

const sumOfParts = (
  b: Builder,
  op: Op,
  side: 0 | 1,
  operands: readonly Value[],
  at: (value: Value) => Value,
): Value => {
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const [own, others] = side === 0 ? [spec.a, spec.b] : [spec.b, spec.a];
  const joined = concatOf(op.operands[side]!)!;
  const other = operands[1 - side]!;
  const axis = numberAttr(joined.attrs, "axis");
  const otherAxis = others.indexOf(own[axis]!);
  let from: Dim = 0;
  const products = joined.operands.map((old) => {
    const part = at(old);
    const count = part.type.shape[axis]!;
    const cut = sliceAlong(b, other, otherAxis, { start: from, count });
    from = dim.add(from, count);
    return b.op("contract", side === 0 ? [part, cut] : [cut, part], op.attrs);
  });
  return products.reduce((sum, one) => b.op("add", [sum, one]));
};
