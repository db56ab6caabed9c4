// Sums, products and maxima at one position: allowed over all positions where later ones are masked out.

import type { Op, Value } from "../../ir/graph.ts";
import { flagAttr, numberAttr, numbersAttr, textAttr } from "../../ops/attrs.ts";
import { contractedLetters, parseSpec } from "../../ops/contract-spec.ts";
import { isSize } from "./axes.ts";
import { refuse } from "./not-causal.ts";
import { hereOf, reachesOf } from "./stepper.ts";
import type { Reaches, Rule, Stepper } from "./stepper.ts";

/** What changes no sum, product or maximum, and what each is called. */
const reductions = {
  reduceSum: { neutral: 0, word: "sum" },
  reduceProd: { neutral: 1, word: "product" },
  reduceMax: { neutral: -Infinity, word: "maximum" },
} as const;

export const reduction =
  (name: keyof typeof reductions): Rule =>
  (s, op, reaches) => {
    const x = op.operands[0]!;
    const axes = numbersAttr(op.attrs, "axes");
    const own = reachesOf(x, reaches, (axis) => keptAxes(x, axes).indexOf(axis));
    const here = hereOf(s, x, own);
    const { neutral, word } = reductions[name];
    const wanted = x.type.dtype === "bool" ? 0 : neutral;
    for (const axis of axes) {
      if (!isSize(x.type.shape[axis], s.size) || s.beyond(x, here, axis) === wanted) continue;
      refuse(`takes the ${word} over all of ${s.size}, later positions included`, op);
    }
    return s.b.op(name, [s.value(x, own)], op.attrs);
  };

export const keptAxes = (x: Value, axes: readonly number[]): readonly number[] =>
  x.type.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));

export const contraction: Rule = (s, op, reaches) => {
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const sides = op.operands.map((operand, side): Side => {
    const letters = [spec.a, spec.b][side]!;
    const own = reachesOf(operand, reaches, (axis) => spec.out.indexOf(letters[axis]!));
    return { operand, letters, own };
  });
  const query = spec.out[hereOf(s, op.results[0]!, reaches)] ?? "";
  const left = op.operands[0]!;
  for (const letter of contractedLetters(spec)) {
    if (!isSize(left.type.shape[spec.a.indexOf(letter)], s.size)) continue;
    if (!sides.some((side) => isMasked(s, side, query, letter)))
      refuse(`sums over all of ${s.size}, later positions included`, op);
  }
  const operands = sides.map(({ operand, own }) => s.value(operand, own));
  return s.b.op("contract", operands, op.attrs);
};

type Side = { readonly operand: Value; readonly letters: string; readonly own: Reaches };

/** Whether a factor is 0 wherever the position along `key` is later than that along `query`. */
const isMasked = (s: Stepper, { operand, letters }: Side, query: string, key: string): boolean => {
  const [q, k] = [letters.indexOf(query), letters.indexOf(key)];
  return query !== "" && q >= 0 && k >= 0 && s.beyond(operand, q, k) === 0;
};

export const runningSum: Rule = (s, op, reaches) => {
  const x = op.operands[0]!;
  const axis = numberAttr(op.attrs, "axis");
  const isAlong = isSize(x.type.shape[axis], s.size);
  const isMasked = s.beyond(x, hereOf(s, x, reaches), axis) === 0;
  if (isAlong && flagAttr(op.attrs, "reverse") && !(reaches[axis] === "all" && isMasked))
    refuse(`sums ${s.size} from its end`, op);
  const term = s.value(x, reaches);
  if (!isAlong || reaches[axis] === "all") return s.b.op("cumSum", [term], op.attrs);
  const before = s.remember(term.type, 0);
  const sum = s.b.op("add", [before, term]);
  s.follow(before, sum);
  return flagAttr(op.attrs, "exclusive") ? before : sum;
};

/** Positions of the greatest, along an axis of which all is there. */
export const ranking =
  (axesOf: (op: Op) => readonly number[]): Rule =>
  (s, op, reaches) => {
    const x = op.operands[0]!;
    const axes = axesOf(op);
    if (axes.some((axis) => isSize(x.type.shape[axis], s.size)))
      refuse(`looks for the greatest over all of ${s.size}`, op);
    const keepsAxes = op.results[0]!.type.shape.length === x.type.shape.length;
    const kept = keptAxes(x, keepsAxes ? [] : axes);
    const own = reachesOf(x, reaches, (axis) => kept.indexOf(axis));
    return s.b.op(op.name === "topK" ? "topK" : "argMax", [s.value(x, own)], op.attrs);
  };
