// Rules of sums and maxima along axes.

import type { Value } from "../../ir/graph.ts";
import { numbersAttr } from "../../ops/attrs.ts";
import { reshapeTo } from "../../ops/compose.ts";
import type { OpName } from "../../ops/index.ts";
import type { Rewriter, Row } from "../rewrite.ts";

const reductions = ["reduceSum", "reduceMax", "reduceProd"] as const satisfies readonly OpName[];

const over = (r: Rewriter, name: OpName, value: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? value : r.op(name, [value], { axes });

export const reduceRows: readonly Row[] = [
  {
    rule: "reduce over axes of size 1 -> reshape",
    roots: reductions,
    apply: (r, [x], attrs, name) => {
      const axes = numbersAttr(attrs, "axes");
      const unit = axes.filter((axis) => x!.type.shape[axis] === 1);
      if (unit.length === 0) return null;
      const shape = x!.type.shape.filter((_, axis) => !unit.includes(axis));
      const rest = axes
        .filter((axis) => !unit.includes(axis))
        .map((axis) => axis - unit.filter((u) => u < axis).length);
      return over(r, name, reshapeTo(r, x!, shape), rest);
    },
  },
  {
    rule: "reduce(reduce x) -> reduce x over the axes of both",
    roots: reductions,
    apply: (r, [x], attrs, name) => {
      const from = r.opOf(x!, name);
      if (from === null) return null;
      const first = numbersAttr(from.attrs, "axes");
      const kept = from.operands[0]!.type.shape.map((_, a) => a).filter((a) => !first.includes(a));
      const second = numbersAttr(attrs, "axes").map((axis) => kept[axis]!);
      return over(
        r,
        name,
        from.operands[0]!,
        [...first, ...second].sort((a, b) => a - b),
      );
    },
  },
  {
    rule: "reduceMax(broadcast x) over the repeated axes -> x",
    roots: ["reduceMax"],
    apply: (r, [x], attrs) => {
      const from = r.opOf(x!, "broadcast");
      const repeated = from === null ? "" : numbersAttr(from.attrs, "axes").join();
      return from !== null && repeated === numbersAttr(attrs, "axes").join()
        ? from.operands[0]!
        : null;
    },
  },
];
