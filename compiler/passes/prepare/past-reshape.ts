// A rule that moves weights past a reshape, so that a chain with weights reaches the product before it.

import type { Dim } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { broadcastAlong, reshapeTo } from "../../ops/compose.ts";
import type { Rewriter, Row } from "../rewrite.ts";
import { arrange } from "../rows/letters.ts";
import type { Factor } from "../rows/letters.ts";
import { links } from "./affine.ts";
import type { IsInvariant } from "./invariant.ts";
import { weightsLike } from "./weights.ts";
import type { Weights } from "./weights.ts";

/** How many of the last axes of `shape` hold `count` elements; null where none do, or where a size is open. */
const lastAxes = (shape: readonly Dim[], count: number): number | null => {
  let held = 1;
  for (let axes = 1; axes <= shape.length; axes++) {
    const size = shape[shape.length - axes]!;
    if (typeof size !== "number") return null;
    held *= size;
    if (held === count) return axes;
  }
  return null;
};

/** Weights of the reshaped value as those of the value before; null where they differ along an axis that has no like. */
const before = (
  r: Rewriter,
  w: Weights,
  { value, letters }: Factor,
  inner: Value,
): Value | null => {
  const shape = inner.type.shape;
  const first = Math.min(...[...letters].map((letter) => w.letters.indexOf(letter)));
  const own = letters === "" ? "" : w.letters.slice(first);
  if ([...own].some((letter) => !letters.includes(letter) && w.sizes.get(letter) !== 1))
    return null;
  const count = [...own].reduce((n, letter) => n * Number(w.sizes.get(letter)!), 1);
  const axes = own === "" ? 0 : lastAxes(shape, count);
  if (axes === null) return null;
  const moved = arrange(r, { value, letters }, own, w.sizes);
  const last = shape.slice(shape.length - axes);
  const repeated = shape.flatMap((_, axis) => (axis < shape.length - axes ? [axis] : []));
  return broadcastAlong(r, reshapeTo(r, moved, last), shape, repeated);
};

const chained: readonly string[] = ["contract", ...links];

export const pastReshape = (isInvariant: IsInvariant): Row => ({
  rule: "f(reshape x, weights) -> reshape f(x, weights) where they differ along last axes that the reshape keeps",
  roots: links,
  apply: (r, operands, attrs, name) => {
    const at = operands.findIndex(
      (value) => r.opOf(value, "reshape") !== null && !isInvariant(value),
    );
    const [x, weights] = [operands[at], operands[1 - at]];
    if (x === undefined || r.uses(x) > 1) return null;
    const inner = r.opOf(x, "reshape")!.operands[0]!;
    if (inner.def.kind === "input" || !chained.includes(inner.def.op.name)) return null;
    if (weights === undefined) return reshapeTo(r, r.op(name, [inner], attrs), x.type.shape);
    const w = weightsLike(r, x, isInvariant);
    const factor = w.factorOf(weights);
    const moved = factor === null ? null : before(r, w, factor, inner);
    if (moved === null) return null;
    const both = at === 0 ? [inner, moved] : [moved, inner];
    return reshapeTo(r, r.op(name, both, attrs), x.type.shape);
  },
});
