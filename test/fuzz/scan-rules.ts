// Statements with time loops: cells over an open axis, alone, stacked, between layers, masked, and backward.

import type { Size, Slot } from "./program.ts";
import { define, isBool, isFixed, isFloat, pickSlot, replaced } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** Cells of the programs' own, declared where a statement names one. */
export const cells: Readonly<Record<string, string>> = {
  Leaky: `cell Leaky()(x: [N, C]) -> [N, C] {
  param rate: [C] = 0.5
  state s: [N, C] = 0
  next s = s + sigmoid(rate) * (tanh(x) - s)
  return next s
}`,
  Total: `cell Total()(x: [N, C]) -> [N, C] {
  state s: [N, C] = 0
  state n: [N] = 1
  next s = s + x
  next n = 1 + 0.5 * n
  return next s / (1 + unsqueeze(n, -1))
}`,
};

/** Stages of a loop, the size of the last axis after them (0: as before), and a bound for inputs of a bound. */
type Stages = {
  readonly rule: string;
  readonly text: string;
  readonly size: number;
  readonly bound: (bound: number) => number;
};
const stages: readonly Stages[] = [
  { rule: "scan_gru", text: "Gru(3)", size: 3, bound: () => 1 },
  { rule: "scan_lstm", text: "Lstm(2)", size: 2, bound: () => 1 },
  { rule: "scan_projected", text: "Lstm(3, proj = 2)", size: 2, bound: () => 2 },
  { rule: "scan_rnn_dense", text: "SimpleRnn(3) -> Dense(5) -> tanh", size: 5, bound: () => 1 },
  { rule: "scan_dense_rnn", text: "Dense(4) -> sigmoid -> SimpleRnn(3)", size: 3, bound: () => 1 },
  { rule: "scan_two_cells", text: "Lstm(3) -> Dense(2) -> Gru(3)", size: 3, bound: () => 1 },
  { rule: "scan_without_cell", text: "Dense(3)", size: 3, bound: (bound) => 3 * bound },
  { rule: "scan_leaky", text: "Leaky()", size: 0, bound: () => 1 },
  { rule: "scan_total", text: "Total() -> tanh", size: 0, bound: () => 1 },
];

/** A symbol that stands once in a shape: that axis can be scanned. */
const onceIn = (shape: readonly Size[]): readonly Size[] =>
  shape.filter((size) => !isFixed(size) && shape.filter((one) => one === size).length === 1);

const sequences = (one: Slot): boolean =>
  isFloat(one) &&
  (one.shape.length === 2 || one.shape.length === 3) &&
  isFixed(one.shape.at(-1)) &&
  onceIn(one.shape).length > 0;

/** A value over the steps, with an axis of its own for sequences if there is none. */
const pipedOf = ({ name, shape }: Slot): readonly [string, readonly Size[]] =>
  shape.length === 3 ? [name, shape] : [`unsqueeze(${name}, 0)`, [1, ...shape]];

const scanRule =
  ({ rule, text, size, bound }: Stages): Rule =>
  (scene, name) => {
    const x = pickSlot(scene, sequences);
    if (x === null) return null;
    const [piped, shape] = pipedOf(x);
    const steps = scene.choices.pick(onceIn(shape));
    const backward = scene.choices.below(3) === 0 ? " reverse" : "";
    return define(name, {
      rule,
      text: `let ${name} = ${piped} -> scan ${steps}${backward} { ${text} }`,
      shape: size === 0 ? shape : replaced(shape, 2, size),
      bound: bound(x.bound),
      reads: [x],
    });
  };

/** Positions that a mask leaves out keep the states as they were. */
const maskedRule: Rule = (scene, name) => {
  const x = pickSlot(
    scene,
    ({ kind, shape }) =>
      kind === "float" &&
      shape.length === 3 &&
      shape.slice(0, 2).join() === "B,T" &&
      isFixed(shape[2]),
  );
  const mask = pickSlot(scene, (one) => isBool(one) && one.shape.join() === "B,T");
  if (x === null || mask === null) return null;
  const text = scene.choices.pick(["Gru(3)", "Lstm(3)", "SimpleRnn(3)"]);
  const backward = scene.choices.below(3) === 0 ? " reverse" : "";
  return define(name, {
    rule: "scan_masked",
    text: `let ${name} = ${x.name} -> scan T${backward} where ${mask.name} { ${text} }`,
    shape: replaced(x.shape, 2, 3),
    bound: 1,
    reads: [x, mask],
  });
};

export const scanRules: readonly Rule[] = [...stages.map(scanRule), maskedRule];
