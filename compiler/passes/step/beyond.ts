// What a value is at later positions than its own: proves that a mask keeps the future out of sums and maxima.

import type { Op, Value } from "../../ir/graph.ts";
import { castTo, scalarOf } from "../../kernel/scalar.ts";
import { numberAttr, numbersAttr, textAttr } from "../../ops/attrs.ts";
import { parseSpec } from "../../ops/contract-spec.ts";
import { filledWith } from "../../ops/mask.ts";
import { dtypeNamed } from "../../ops/scalar-op.ts";
import { isWhole, reshapedFrom } from "./axes.ts";
import { affineOf } from "./positions.ts";

/**
 * The number that every element is whose position along axis `k` is greater than that along axis `q`; null where that is
 * not known, as where `q` is -1: it has no such axis. Bools are 0 and 1. Holds as long as no other number is infinite or NaN.
 */
export type Beyond = (value: Value, q: number, k: number) => number | null;

export const createBeyond = (): Beyond => {
  const known = new Map<Value, Map<string, number | null>>();
  const beyond: Beyond = (value, q, k) => {
    const facts = known.get(value) ?? new Map<string, number | null>();
    known.set(value, facts);
    const key = `${q},${k}`;
    if (!facts.has(key)) facts.set(key, find(value, q, k));
    return facts.get(key)!;
  };
  const find: Beyond = (value, q, k) => {
    const filled = filledWith(value);
    if (filled !== null || value.def.kind === "input" || q < 0) return filled;
    return beyondOfOp(beyond, value.def.op, q, k);
  };
  return beyond;
};

const beyondOfOp = (beyond: Beyond, op: Op, q: number, k: number): number | null => {
  const x = op.operands[0]!;
  /** Of the operand, whose axes are others; null where it lacks one of the two. */
  const through = (axisOf: (axis: number) => number | undefined): number | null => {
    const [own, other] = [axisOf(q) ?? -1, axisOf(k) ?? -1];
    return own < 0 || other < 0 ? null : beyond(x, own, other);
  };
  switch (op.name) {
    case "constant":
    case "iota":
    case "random":
    case "scan":
      return null;
    case "transpose":
      return through((axis) => numbersAttr(op.attrs, "perm")[axis]);
    case "reshape":
      return through((axis) => reshapedFrom(x.type.shape, op.results[0]!.type.shape, axis));
    case "broadcast": {
      const axes = numbersAttr(op.attrs, "axes");
      const own = op.results[0]!.type.shape.flatMap((_, axis) =>
        axes.includes(axis) ? [] : [axis],
      );
      return through((axis) => own.indexOf(axis));
    }
    case "concat": {
      if ([q, k].includes(numberAttr(op.attrs, "axis"))) return null;
      const found = op.operands.map((operand) => beyond(operand, q, k));
      return found.every((each) => each === found[0]) ? found[0]! : null;
    }
    case "slice": {
      return [q, k].every((axis) => isWhole(op, axis)) ? beyond(x, q, k) : null;
    }
    case "reduceSum":
    case "reduceMax":
    case "reduceProd": {
      const axes = numbersAttr(op.attrs, "axes");
      const own = x.type.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
      const found = through((axis) => own[axis]);
      return op.name === "reduceMax" || found === (op.name === "reduceSum" ? 0 : 1) ? found : null;
    }
    case "contract": {
      const spec = parseSpec(textAttr(op.attrs, "spec"));
      const isZero = [spec.a, spec.b].some((letters, side) => {
        const [own, other] = [letters.indexOf(spec.out[q]!), letters.indexOf(spec.out[k]!)];
        return own >= 0 && other >= 0 && beyond(op.operands[side]!, own, other) === 0;
      });
      return isZero ? 0 : null;
    }
    default:
      return op.operands.every((o) => o.type.shape.length === op.results[0]!.type.shape.length)
        ? (compared(op, q, k) ??
            pointwise(
              op,
              op.operands.map((operand) => beyond(operand, q, k)),
            ))
        : null;
  }
};

/** A comparison of positions. Beyond, `q` is at least one less than `k`. */
const compared = (op: Op, q: number, k: number): number | null => {
  if (op.name !== "le" && op.name !== "lt" && op.name !== "eq") return null;
  const [left, right] = op.operands.map(affineOf);
  if (!left || !right) return null;
  const slopes = right.factors.map((f, axis) => f - left.factors[axis]!);
  if (slopes.some((f, axis) => f !== 0 && axis !== q && axis !== k)) return null;
  const slope = slopes[q]!;
  if (slope === 0 || slopes[k] !== -slope) return null;
  // right - left = slope * (q - k) + constant: at most the first where the slope is positive, at least where negative.
  const end = right.constant - left.constant - slope;
  const never = slope > 0 && (op.name === "lt" ? end <= 0 : end < 0);
  const always = slope < 0 && (op.name === "le" ? end >= 0 : end > 0);
  if (op.name === "eq") return never || always ? 0 : null;
  return never ? 0 : always ? 1 : null;
};

/** An op at every index, on numbers of which some are known. */
const pointwise = (op: Op, operands: readonly (number | null)[]): number | null => {
  const [a = null, b = null, c = null] = operands;
  const { dtype } = op.results[0]!.type;
  switch (op.name) {
    case "stopGradient":
      return a;
    case "cast":
      return a === null ? null : castTo(dtypeNamed(textAttr(op.attrs, "dtype")), a);
    case "select":
      return a === null ? (b === c ? b : null) : a === 0 ? c : b;
    case "mul":
      if (a === 0 || b === 0) return 0;
      break;
    case "div":
      if (a === 0) return 0;
      break;
    case "add":
      if (isInfinite(a)) return a;
      if (isInfinite(b)) return b;
      break;
    case "sub":
      if (isInfinite(a)) return a;
      if (isInfinite(b)) return -b;
      break;
    case "min":
    case "max": {
      const least = dtype === "bool" ? [0, 1] : [-Infinity, Infinity];
      const end = least[op.name === "min" ? 0 : 1]!;
      if (a === end || b === end) return end;
    }
  }
  const fn = folded.find((name) => name === op.name);
  if (fn === undefined || operands.includes(null)) return null;
  return scalarOf(fn, op.operands[0]!.type.dtype)(a ?? 0, b ?? 0, 0, 0);
};

/** Ops that compute the scalar function of their name. */
const folded = [
  ...(["add", "sub", "mul", "div", "mod", "pow", "min", "max", "eq", "lt", "le"] as const),
  ...(["neg", "abs", "floor", "exp", "expm1", "log", "log1p", "sqrt", "not"] as const),
  ...(["sin", "cos", "atan", "erf", "tanh", "sigmoid"] as const),
];

const isInfinite = (x: number | null): x is number => x === Infinity || x === -Infinity;
