// Rules of scalar algebra that hold to the bit, and constants computed while compiling.

import type { Attrs, Op, Value } from "../../ir/graph.ts";
import { scalarOf } from "../../kernel/scalar.ts";
import { castTo } from "../../kernel/scalar.ts";
import { broadcastAlong } from "../../ops/compose.ts";
import type { OpName } from "../../ops/index.ts";
import { filledWith } from "../../ops/mask.ts";
import { dtypeNamed } from "../../ops/scalar-op.ts";
import { numbersAttr, textAttr } from "../../ops/attrs.ts";
import type { Rewriter, Row } from "../rewrite.ts";

const foldable = [
  "add",
  "sub",
  "mul",
  "div",
  "mod",
  "pow",
  "min",
  "max",
  "neg",
  "abs",
  "floor",
  "exp",
  "expm1",
  "log",
  "log1p",
  "sqrt",
  "sin",
  "cos",
  "atan",
  "erf",
  "tanh",
  "sigmoid",
  "eq",
  "lt",
  "le",
  "not",
] as const satisfies readonly OpName[];

/** Ops that work element by element on operands of one shape. */
export const pointwise: readonly OpName[] = [...foldable, "select", "cast"];

const compared: readonly OpName[] = ["eq", "lt", "le"];

const is = (value: Value, number: number): boolean => filledWith(value) === number;

/** The one operand of `name(x)`, where `value` is that. */
const inner = (r: Rewriter, value: Value, name: OpName): Value | null =>
  r.opOf(value, name)?.operands[0] ?? null;

const power = (r: Rewriter, x: Value, exponent: number): Value => {
  if (exponent === 0) return r.constant(1, x.type);
  if (exponent === 1) return x;
  const half = power(r, x, exponent >> 1);
  const square = r.op("mul", [half, half]);
  return exponent % 2 === 0 ? square : r.op("mul", [square, x]);
};

/** Operands before they were repeated, where all are repeated alike or filled with one number. */
const beforeBroadcast = (
  r: Rewriter,
  operands: readonly Value[],
): { readonly attrs: Attrs; readonly operands: readonly Value[] } | null => {
  const ops = operands.map((value) => r.opOf(value, "broadcast"));
  const first = ops.find((op): op is Op => op !== null);
  if (first === undefined) return null;
  const axes = numbersAttr(first.attrs, "axes").join();
  const found: Value[] = [];
  for (const [i, op] of ops.entries()) {
    const number = filledWith(operands[i]!);
    if (op !== null && numbersAttr(op.attrs, "axes").join() === axes) found.push(op.operands[0]!);
    else if (number !== null && r.opOf(operands[i]!, "constant") !== null)
      found.push(
        r.constant(number, { ...first.operands[0]!.type, dtype: operands[i]!.type.dtype }),
      );
    else return null;
  }
  return { attrs: first.attrs, operands: found };
};

export const scalarRows: readonly Row[] = [
  {
    rule: "f(constant …) -> constant",
    roots: foldable,
    apply: (r, operands, _attrs, name) => {
      const fn = foldable.find((candidate) => candidate === name)!;
      const numbers = operands.map((value) =>
        r.opOf(value, "constant") === null ? null : filledWith(value),
      );
      if (numbers.some((number) => number === null)) return null;
      const [a, b] = numbers;
      const { dtype, shape } = operands[0]!.type;
      const result = scalarOf(fn, dtype)(a ?? 0, b ?? 0, 0, 0);
      const isBool = compared.includes(name) || name === "not";
      return r.constant(result, { dtype: isBool ? "bool" : dtype, shape });
    },
  },
  {
    rule: "cast(constant) -> constant",
    roots: ["cast"],
    apply: (r, [x], attrs) => {
      const constant = r.opOf(x!, "constant");
      if (constant === null) return null;
      const dtype = dtypeNamed(textAttr(attrs, "dtype"));
      const number = filledWith(x!);
      if (number !== null) return r.constant(castTo(dtype, number), { ...x!.type, dtype });
      const isSize = x!.type.dtype === "i32" && !Array.isArray(constant.attrs["value"]);
      if (!isSize || dtype !== "f32") return null;
      return r.op("constant", [], { ...constant.attrs, dtype });
    },
  },
  {
    rule: "x + 0 -> x; x + -y -> x - y",
    roots: ["add"],
    apply: (r, [x, y]) => {
      if (is(y!, 0)) return x!;
      if (is(x!, 0)) return y!;
      const [minusX, minusY] = [inner(r, x!, "neg"), inner(r, y!, "neg")];
      if (minusY !== null) return r.op("sub", [x!, minusY]);
      return minusX === null ? null : r.op("sub", [y!, minusX]);
    },
  },
  {
    rule: "x - 0 -> x; x - -y -> x + y",
    roots: ["sub"],
    apply: (r, [x, y]) => {
      if (is(y!, 0)) return x!;
      const minusY = inner(r, y!, "neg");
      return minusY === null ? null : r.op("add", [x!, minusY]);
    },
  },
  {
    rule: "x * 1 -> x; x * -1 -> -x; -x * -y -> x * y",
    roots: ["mul"],
    apply: (r, [x, y]) => {
      if (is(y!, 1)) return x!;
      if (is(x!, 1)) return y!;
      if (is(y!, -1)) return r.op("neg", [x!]);
      if (is(x!, -1)) return r.op("neg", [y!]);
      const [minusX, minusY] = [inner(r, x!, "neg"), inner(r, y!, "neg")];
      return minusX === null || minusY === null ? null : r.op("mul", [minusX, minusY]);
    },
  },
  {
    rule: "x / 1 -> x; x / 2^n -> x * 2^-n",
    roots: ["div"],
    apply: (r, [x, y]) => {
      if (is(y!, 1)) return x!;
      const number = filledWith(y!);
      const exponent = number === null ? NaN : Math.log2(Math.abs(number));
      if (x!.type.dtype !== "f32" || !Number.isInteger(exponent) || Math.abs(exponent) > 100)
        return null;
      return r.op("mul", [x!, r.constant(1 / number!, x!.type)]);
    },
  },
  {
    rule: "-(-x) -> x; -(x - y) -> y - x where nothing else reads x - y",
    roots: ["neg"],
    apply: (r, [x]) => {
      const difference = r.opOf(x!, "sub");
      if (difference !== null && r.uses(x!) <= 1)
        return r.op("sub", difference.operands.toReversed());
      return inner(r, x!, "neg");
    },
  },
  { rule: "not not x -> x", roots: ["not"], apply: (r, [x]) => inner(r, x!, "not") },
  {
    rule: "min(x, x) -> x; max(x, x) -> x; `and`, `or` with a constant",
    roots: ["min", "max"],
    apply: (_r, [x, y], _attrs, name) => {
      if (x === y) return x!;
      if (x!.type.dtype !== "bool") return null;
      const neutral = name === "max" ? 0 : 1;
      for (const [one, other] of [[x!, y!] as const, [y!, x!] as const]) {
        const number = filledWith(one);
        if (number !== null) return number === neutral ? other : one;
      }
      return null;
    },
  },
  {
    rule: "x ^ n -> products, n = 0 … 8; x ^ -1 -> 1 / x",
    roots: ["pow"],
    apply: (r, [x, y]) => {
      const n = filledWith(y!);
      if (n === null) return null;
      if (n === -1) return r.op("div", [r.constant(1, x!.type), x!]);
      return Number.isInteger(n) && n >= 0 && n <= 8 ? power(r, x!, n) : null;
    },
  },
  {
    rule: "select(true, x, y) -> x; select(c, x, x) -> x; select(not c, x, y) -> select(c, y, x)",
    roots: ["select"],
    apply: (r, [c, x, y]) => {
      const known = filledWith(c!);
      if (known !== null) return known === 0 ? y! : x!;
      if (x === y) return x!;
      const opposite = inner(r, c!, "not");
      return opposite === null ? null : r.op("select", [opposite, y!, x!]);
    },
  },
  {
    rule: "select(c, select(c, x, y), z) -> select(c, x, z), and so on the other side",
    roots: ["select"],
    apply: (r, [c, x, y]) => {
      const [left, right] = [r.opOf(x!, "select"), r.opOf(y!, "select")];
      if (left?.operands[0] === c) return r.op("select", [c!, left!.operands[1]!, y!]);
      return right?.operands[0] === c ? r.op("select", [c!, x!, right!.operands[2]!]) : null;
    },
  },
  {
    rule: "cast(cast(x: bool)) -> cast(x)",
    roots: ["cast"],
    apply: (r, [x], attrs) => {
      const from = inner(r, x!, "cast");
      return from?.type.dtype === "bool" ? r.op("cast", [from], attrs) : null;
    },
  },
  {
    rule: "stopGradient(x) -> x once every gradient is taken",
    roots: ["stopGradient"],
    apply: (r, [x]) => (r.hasMarkers ? null : x!),
  },
  {
    rule: "f(broadcast x, broadcast y) -> broadcast f(x, y)",
    roots: pointwise,
    apply: (r, operands, attrs, name) => {
      const before = beforeBroadcast(r, operands);
      if (before === null) return null;
      const value = r.op(name, before.operands, attrs);
      const shape = operands[0]!.type.shape;
      return broadcastAlong(r, value, shape, numbersAttr(before.attrs, "axes"));
    },
  },
];
