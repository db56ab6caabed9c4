// Views and look-ups at one position: those that keep the axis of positions as it is.

import { dimsAttr, numberAttr, numbersAttr } from "../../ops/attrs.ts";
import { reshapeTo } from "../../ops/compose.ts";
import { opNameOf } from "../../ops/to-kernel.ts";
import { attrMentions, isSize, mentions, reshapedFrom } from "./axes.ts";
import { refuse } from "./not-causal.ts";
import { reached, reachesOf } from "./stepper.ts";
import type { Rule } from "./stepper.ts";

/** The same op on operands whose axes are those of the result. */
export const pointwise: Rule = (s, op, reaches) =>
  s.b.op(
    opNameOf(op),
    op.operands.map((operand) => s.value(operand, reaches)),
    op.attrs,
  );

export const transposition: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const perm = numbersAttr(op.attrs, "perm");
  const value = s.value(
    x,
    reachesOf(x, reaches, (axis) => perm.indexOf(axis)),
  );
  return s.b.op("transpose", [value], op.attrs);
};

export const repetition: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const [shape, axes] = [dimsAttr(op.attrs, "shape"), numbersAttr(op.attrs, "axes")];
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const value = s.value(
    x,
    reachesOf(x, reaches, (axis) => kept[axis]!),
  );
  return s.b.op("broadcast", [value], { shape: reached(s, op, shape, reaches), axes });
};

export const reshaping: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const [from, to] = [x.type.shape, dimsAttr(op.attrs, "shape")];
  const partners = to.map((_, axis) => reshapedFrom(from, to, axis));
  if (from.some((dim, axis) => mentions(dim, s.size) && !partners.includes(axis)))
    refuse(`reshapes ${s.size} into another axis`, op);
  const value = s.value(
    x,
    reachesOf(x, reaches, (axis) => partners.indexOf(axis)),
  );
  return reshapeTo(s.b, value, reached(s, op, to, reaches));
};

export const gathering: Rule = (s, op, reaches) => {
  const [x, index] = [op.operands[0]!, op.operands[1]!];
  const batch = numberAttr(op.attrs, "batch");
  const shift = index.type.shape.length - batch - 1;
  if (mentions(x.type.shape[batch]!, s.size)) refuse(`looks up positions of ${s.size}`, op);
  const table = s.value(
    x,
    reachesOf(x, reaches, (axis) => (axis < batch ? axis : axis + shift)),
  );
  const rows = s.value(index, reaches);
  // An index at a later position may be anything, and what is read there has no effect.
  const checked = reaches.includes("all") ? { checked: true } : {};
  return s.b.op("gather", [table, rows], { ...op.attrs, ...checked });
};

export const scattering: Rule = (s, op, reaches) => {
  const [update, index] = [op.operands[0]!, op.operands[1]!];
  const batch = numberAttr(op.attrs, "batch");
  const rank = index.type.shape.length;
  if (index.type.shape.slice(batch).some((dim) => mentions(dim, s.size)))
    refuse(`collects positions of ${s.size} by an index`, op);
  const own = reachesOf(update, reaches, (axis) => (axis < batch ? axis : axis - rank + batch + 1));
  return s.b.op("scatterAdd", [s.value(update, own), s.value(index, reaches)], op.attrs);
};

export const counting: Rule = (s, op, reaches) => {
  if (!isSize(op.results[0]!.type.shape[0], s.size))
    refuse(`counts to more or less than ${s.size}`, op);
  return reaches[0] === "all"
    ? s.b.op("iota", [], { extent: s.bound(op) })
    : s.b.op("reshape", [s.position], { shape: [1] });
};

export const filling: Rule = (s, op, reaches) => {
  if (attrMentions(op.attrs["value"]!, s.size)) refuse(`depends on how long ${s.size} is`, op);
  const shape = reached(s, op, op.results[0]!.type.shape, reaches);
  return s.b.op("constant", [], { ...op.attrs, shape });
};
