// Two axes that must be equal and are not, to DLM0401 with both shapes, where the sizes came from, and fixes.

import type { Help, Label as Mark } from "../../grammar/diagnostic.ts";
import { diagnostic } from "../../grammar/report.ts";
import type { Span } from "../../grammar/span.ts";
import { printDim } from "../ir/dim-text.ts";
import { symbolsOf } from "../ir/dim.ts";
import type { Context } from "./context.ts";
import { describeShape } from "./describe.ts";
import type { TensorItem } from "./value.ts";

/** One side of the meeting: a tensor as the source writes it, and which of its axes meets the other. */
export type Side = { readonly item: TensorItem; readonly text: string; readonly axis: number };

const sizeOf = ({ item, axis }: Side): string => printDim(item.value.type.shape[axis]!);

const isStored = ({ item }: Side): boolean =>
  item.value.def.kind === "input" && item.value.def.sigil === "@";

const originOf = ({ item, axis }: Side): Span | null => item.axisOrigins?.[axis] ?? null;

const provenance = (side: Side): readonly Mark[] => {
  const span = originOf(side);
  if (span === null) return [];
  const last = side.axis > 0 && side.axis === side.item.value.type.shape.length - 1;
  const text = isStored(side)
    ? `${side.text} expects ${sizeOf(side)}`
    : `${side.text} has ${sizeOf(side)}${last ? " features" : ""}`;
  return [{ span, text }];
};

/** `B = set at run time, H = 28`: what the names in both shapes stand for. */
const bindings = (sides: readonly Side[]): readonly string[] => {
  const named = new Map<string, string>();
  for (const { item } of sides)
    item.value.type.shape.forEach((dim, axis) => {
      for (const name of symbolsOf(dim)) named.set(name, `${name} = set at run time`);
      const label = item.labels[axis];
      if (typeof dim === "number" && label != null && /^[^\W\d]\w*$/.test(label))
        named.set(label, `${label} = ${dim}`);
    });
  return named.size === 0 ? [] : [`sizes here: ${[...named.values()].join(", ")}`];
};

/** A weight whose axis meets the wrong size can be given the right one. */
const resizeWeight = (data: Side, weight: Side): readonly Help[] => {
  const span = originOf(weight);
  if (isStored(data) || !isStored(weight)) return [];
  const wanted = sizeOf(data);
  const { shape } = weight.item.value.type;
  const fixed = shape.map((dim, axis) => (axis === weight.axis ? wanted : printDim(dim)));
  const text = `make ${weight.text} \`[${fixed.join(", ")}]\``;
  return [span === null ? { text } : { text, fix: { span, text: wanted, safe: true } }];
};

const useDense = (left: Side, right: Side): readonly Help[] => {
  const width = right.item.value.type.shape.at(-1);
  if (!isStored(right) || right.item.value.type.shape.length !== 2 || width === undefined)
    return [];
  const text = `\`${left.text} -> Dense(${printDim(width)})\` takes its input size from \`${left.text}\``;
  return [{ text }];
};

/** Reports that two axes meet and differ; `product` when `@` brought them together. */
export const reportMismatch = (
  ctx: Context,
  left: Side,
  right: Side,
  span: Span,
  product = false,
): null => {
  const [a, b] = [sizeOf(left), sizeOf(right)];
  const shapes = [left, right].map((s) => `${s.text} is ${describeShape(s.item.value.type.shape)}`);
  const detail = {
    label: `${shapes.join(", ")}; the ${a} and the ${b} meet here`,
    labels: [...provenance(left), ...provenance(right)],
    notes: bindings([left, right]),
    helps: product ? [...resizeWeight(left, right), ...useDense(left, right)] : [],
  };
  ctx.report(diagnostic("DLM0401", span, { left: a, right: b }, detail));
  return null;
};
