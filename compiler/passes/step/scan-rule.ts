// One step of a time loop: its body once, with the carries as state.

import type { Graph, Op, Value } from "../../ir/graph.ts";
import { reshapeTo } from "../../ops/compose.ts";
import { filledWith } from "../../ops/mask.ts";
import { scanAttrs } from "../../ops/scan.ts";
import { opNameOf } from "../../ops/to-kernel.ts";
import { besides } from "../rebuild.ts";
import { attrMentions, isSize, mentions } from "./axes.ts";
import { refuse } from "./not-causal.ts";
import type { Rule, Stepper } from "./stepper.ts";

export const scanRule: Rule = (s, op, _reaches, index) => {
  const { length, reverse, carries } = scanAttrs(op.attrs);
  if (!isSize(length, s.size))
    return refuse(`loops over another size, on values along ${s.size}`, op);
  if (reverse) refuse(`scans ${s.size} in reverse`, op);
  if (index < carries) refuse(`gives its last state, known at the end of ${s.size}`, op);
  const ys = s.once(op, () => step(s, op));
  return ys[index - carries]!;
};

/** What the scan gives at the position: of each stack an element, [1, …]. */
const step = (s: Stepper, op: Op): readonly Value[] => {
  const { body, carries, sliced } = scanAttrs(op.attrs);
  const inputs = op.operands.map((value, i) => {
    const { type } = body.inputs[i]!;
    if (i >= carries && i < carries + sliced) {
      const reaches = value.type.shape.map(() => "here" as const);
      return reshapeTo(s.b, s.value(value, reaches), type.shape);
    }
    if (s.dependsOnSize(value))
      refuse(`reads all of ${s.size} at every step of a loop along it`, op);
    return i < carries ? s.remember(type, filledWith(value) ?? value) : s.whole(value);
  });
  const outputs = inline(s, body, inputs);
  inputs.slice(0, carries).forEach((state, i) => s.follow(state, outputs[i]!));
  return outputs.slice(carries).map((value) => reshapeTo(s.b, value, [1, ...value.type.shape]));
};

/** The outputs of a graph on other inputs. */
const inline = (s: Stepper, body: Graph, inputs: readonly Value[]): readonly Value[] => {
  const values = new Map(body.inputs.map((value, i) => [value, inputs[i]!]));
  for (const op of body.ops) {
    const isLong =
      Object.values(op.attrs).some((attr) => attrMentions(attr, s.size)) ||
      op.results.some(({ type }) => type.shape.some((dim) => mentions(dim, s.size)));
    if (isLong) refuse(`depends on how long ${s.size} is`, op);
    s.b.at(op.span);
    const made = s.b.op(
      opNameOf(op),
      op.operands.map((value) => values.get(value)!),
      op.attrs,
    );
    op.results.forEach((value, i) => values.set(value, i === 0 ? made : besides(made)[i]!));
  }
  return body.outputs.map((value) => values.get(value)!);
};
