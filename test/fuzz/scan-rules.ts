// Statements with time loops: cells of the library over the open axis, alone, stacked, between layers, and backward.

import type { Size, Slot } from "./program.ts";
import type { Rule, Scene } from "./rules.ts";

/** Stages of a loop, the size of the last axis after them, and a bound of their values for inputs of a bound. */
type Stages = {
  readonly rule: string;
  readonly text: string;
  readonly size: number;
  readonly bound: (bound: number) => number;
};
const stages: readonly Stages[] = [
  { rule: "scan_gru", text: "Gru(3)", size: 3, bound: () => 1 },
  { rule: "scan_lstm", text: "Lstm(2)", size: 2, bound: () => 1 },
  { rule: "scan_rnn_dense", text: "SimpleRnn(3) -> Dense(5) -> tanh", size: 5, bound: () => 1 },
  { rule: "scan_dense_rnn", text: "Dense(4) -> sigmoid -> SimpleRnn(3)", size: 3, bound: () => 1 },
  { rule: "scan_two_cells", text: "Lstm(3) -> Dense(2) -> Gru(3)", size: 3, bound: () => 1 },
  { rule: "scan_without_cell", text: "Dense(3)", size: 3, bound: (bound) => 3 * bound },
];

/** Values of three axes, the last of known size, exactly one of the others open: that one is scanned. */
const fits = ({ kind, shape }: Slot): boolean =>
  kind === "float" &&
  shape.length === 3 &&
  shape[2] !== "B" &&
  shape.filter((size) => size === "B").length === 1;

const matrices = ({ kind, shape }: Slot): boolean =>
  kind === "float" && shape.length === 2 && shape[0] === "B" && shape[1] !== "B";

const scanRule =
  ({ rule, text, size, bound }: Stages): Rule =>
  ({ choices, slots }: Scene, name) => {
    const fitting = slots.filter((one) => fits(one) || matrices(one));
    if (fitting.length === 0) return null;
    const x = choices.pick(fitting);
    const [piped, shape]: readonly [string, readonly Size[]] = fits(x)
      ? [x.name, x.shape]
      : [`unsqueeze(${x.name}, 0)`, [1, ...x.shape]];
    const backward = choices.below(3) === 0 ? " reverse" : "";
    return {
      rule,
      text: `let ${name} = ${piped} -> scan B${backward} { ${text} }`,
      defines: [
        { name, kind: "float", shape: shape.with(2, size), exact: false, bound: bound(x.bound) },
      ],
      reads: [x.name],
    };
  };

export const scanRules: readonly Rule[] = stages.map(scanRule);
