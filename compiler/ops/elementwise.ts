// Records of the ops that apply a scalar function at every index: arithmetic, functions, comparison, select.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Value } from "../ir/graph.ts";
import { printType, equalShapes } from "../ir/type.ts";
import { call, cast as castTo } from "../kernel/build.ts";
import { textAttr } from "./attrs.ts";
import type { Builder, OpDef } from "./define.ts";
import { dtypeNamed, maskedRule, scalarOp, scalarSamples } from "./scalar-op.ts";

/** A constant of the type of `like`. */
const fill = (b: Builder, value: number, like: Value): Value => b.constant(value, like.type);

const comparison = "a comparison is constant almost everywhere";
const stepwise = "it is constant between its jumps";

export const add: OpDef = scalarOp({
  doc: "Sum: a + b.",
  fn: "add",
  arity: 2,
  dtypes: ["f32", "i32"],
  vjp: (_b, ct) => [ct, ct],
});

export const sub: OpDef = scalarOp({
  doc: "Difference: a - b.",
  fn: "sub",
  arity: 2,
  dtypes: ["f32", "i32"],
  vjp: (b, ct) => [ct, b.op("neg", [ct])],
});

export const mul: OpDef = scalarOp({
  doc: "Product: a * b.",
  fn: "mul",
  arity: 2,
  dtypes: ["f32", "i32"],
  vjp: (b, ct, [x, y]) => [b.op("mul", [ct, y!]), b.op("mul", [ct, x!])],
});

export const div: OpDef = scalarOp({
  doc: "Quotient: a / b. On integers the floor of it, and 0 where b is 0.",
  fn: "div",
  arity: 2,
  dtypes: ["f32", "i32"],
  ranges: [
    [-2, 2],
    [0.5, 2],
  ],
  vjp: (b, ct, [, y], quotient) => {
    const left = b.op("div", [ct, y!]);
    return [left, b.op("neg", [b.op("mul", [left, quotient])])];
  },
});

export const mod: OpDef = scalarOp({
  doc: "Floored remainder: a - b * floor(a / b), with the sign of b; on integers 0 where b is 0.",
  fn: "mod",
  arity: 2,
  dtypes: ["f32", "i32"],
  ranges: [
    [-2, 2],
    [0.5, 0.9],
  ],
  vjp: (b, ct, [x, y]) => [
    ct,
    b.op("neg", [b.op("mul", [ct, b.op("floor", [b.op("div", [x!, y!])])])]),
  ],
});

export const pow: OpDef = scalarOp({
  doc: "Power: a ^ b; NaN for a negative base with a fractional exponent.",
  fn: "pow",
  arity: 2,
  dtypes: ["f32"],
  ranges: [
    [0.5, 2],
    [-2, 3],
  ],
  vjp: (b, ct, [x, y], power) => {
    const zero = fill(b, 0, ct);
    const below = b.op("pow", [x!, b.op("sub", [y!, fill(b, 1, ct)])]);
    // x^0 is 1 everywhere, so its slope is 0 also at x = 0, where 0 * 0^-1 would be NaN.
    const base = b.op("select", [
      b.op("eq", [y!, zero]),
      zero,
      b.op("mul", [ct, b.op("mul", [y!, below])]),
    ]);
    const exponent = b.op("select", [
      b.op("lt", [zero, x!]),
      b.op("mul", [ct, b.op("mul", [power, b.op("log", [x!])])]),
      zero,
    ]);
    return [base, exponent];
  },
});

/** The winner takes the cotangent, equal operands half each. */
const shareBetween = (b: Builder, ct: Value, winner: Value, loser: Value): readonly Value[] => {
  const zero = fill(b, 0, ct);
  const tie = b.op("select", [
    b.op("eq", [winner, loser]),
    b.op("mul", [ct, fill(b, 0.5, ct)]),
    zero,
  ]);
  return [
    b.op("select", [b.op("lt", [loser, winner]), ct, tie]),
    b.op("select", [b.op("lt", [winner, loser]), ct, tie]),
  ];
};

export const max: OpDef = scalarOp({
  doc: "Larger of two: max(a, b), NaN if either is; on bool, a or b.",
  fn: "max",
  arity: 2,
  dtypes: ["f32", "i32", "bool"],
  vjp: (b, ct, [x, y]) => shareBetween(b, ct, x!, y!),
});

export const min: OpDef = scalarOp({
  doc: "Smaller of two: min(a, b), NaN if either is; on bool, a and b.",
  fn: "min",
  arity: 2,
  dtypes: ["f32", "i32", "bool"],
  vjp: (b, ct, [x, y]) => shareBetween(b, ct, x!, y!).toReversed(),
});

export const neg: OpDef = scalarOp({
  doc: "Negation: -a.",
  fn: "neg",
  arity: 1,
  dtypes: ["f32", "i32"],
  vjp: (b, ct) => [b.op("neg", [ct])],
});

export const abs: OpDef = scalarOp({
  doc: "Magnitude: |a|; its slope at 0 is 0.",
  fn: "abs",
  arity: 1,
  dtypes: ["f32", "i32"],
  vjp: (b, ct, [x]) => {
    const zero = fill(b, 0, ct);
    const right = b.op("select", [b.op("lt", [zero, x!]), ct, zero]);
    return [b.op("select", [b.op("lt", [x!, zero]), b.op("neg", [ct]), right])];
  },
});

export const floor: OpDef = scalarOp({
  doc: "Largest whole number not above a.",
  fn: "floor",
  arity: 1,
  dtypes: ["f32"],
  vjp: { flat: stepwise },
});

export const exp: OpDef = scalarOp({
  doc: "Exponential: e^a.",
  fn: "exp",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, _operands, y) => [b.op("mul", [ct, y])],
});

export const expm1: OpDef = scalarOp({
  doc: "e^a - 1, exact near 0.",
  fn: "expm1",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, _operands, y) => [b.op("mul", [ct, b.op("add", [y, fill(b, 1, ct)])])],
});

export const log: OpDef = scalarOp({
  doc: "Natural logarithm: ln a; -inf at 0, NaN below.",
  fn: "log",
  arity: 1,
  dtypes: ["f32"],
  ranges: [[0.3, 3]],
  vjp: (b, ct, [x]) => [b.op("div", [ct, x!])],
});

export const log1p: OpDef = scalarOp({
  doc: "ln(1 + a), exact near 0.",
  fn: "log1p",
  arity: 1,
  dtypes: ["f32"],
  ranges: [[-0.6, 3]],
  vjp: (b, ct, [x]) => [b.op("div", [ct, b.op("add", [x!, fill(b, 1, ct)])])],
});

export const sqrt: OpDef = scalarOp({
  doc: "Square root; its slope at 0 is infinite.",
  fn: "sqrt",
  arity: 1,
  dtypes: ["f32"],
  ranges: [[0.3, 3]],
  vjp: (b, ct, _operands, y) => [b.op("div", [b.op("mul", [ct, fill(b, 0.5, ct)]), y])],
});

export const sin: OpDef = scalarOp({
  doc: "Sine of an angle in radians.",
  fn: "sin",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, [x]) => [b.op("mul", [ct, b.op("cos", [x!])])],
});

export const cos: OpDef = scalarOp({
  doc: "Cosine of an angle in radians.",
  fn: "cos",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, [x]) => [b.op("neg", [b.op("mul", [ct, b.op("sin", [x!])])])],
});

export const atan: OpDef = scalarOp({
  doc: "Arc tangent, in radians.",
  fn: "atan",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, [x]) => [b.op("div", [ct, b.op("add", [b.op("mul", [x!, x!]), fill(b, 1, ct)])])],
});

export const erf: OpDef = scalarOp({
  doc: "Error function: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to a.",
  fn: "erf",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, [x]) => {
    const bell = b.op("exp", [b.op("neg", [b.op("mul", [x!, x!])])]);
    return [b.op("mul", [ct, b.op("mul", [bell, fill(b, 2 / Math.sqrt(Math.PI), ct)])])];
  },
});

export const tanh: OpDef = scalarOp({
  doc: "Hyperbolic tangent.",
  fn: "tanh",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, _operands, y) => [
    b.op("mul", [ct, b.op("sub", [fill(b, 1, ct), b.op("mul", [y, y])])]),
  ],
});

export const sigmoid: OpDef = scalarOp({
  doc: "Logistic function: 1 / (1 + e^-a), with a finite gradient everywhere.",
  fn: "sigmoid",
  arity: 1,
  dtypes: ["f32"],
  vjp: (b, ct, _operands, y) => [
    b.op("mul", [ct, b.op("mul", [y, b.op("sub", [fill(b, 1, ct), y])])]),
  ],
});

export const eq: OpDef = scalarOp({
  doc: "Whether a equals b; false when either is NaN.",
  fn: "eq",
  arity: 2,
  dtypes: ["i32", "f32", "bool"],
  result: "bool",
  ranges: [[-2, 3]],
  vjp: { flat: comparison },
});

export const lt: OpDef = scalarOp({
  doc: "Whether a is less than b; false when either is NaN.",
  fn: "lt",
  arity: 2,
  dtypes: ["f32", "i32"],
  result: "bool",
  vjp: { flat: comparison },
});

export const le: OpDef = scalarOp({
  doc: "Whether a is at most b; false when either is NaN, so it is not `not (b < a)`.",
  fn: "le",
  arity: 2,
  dtypes: ["f32", "i32"],
  result: "bool",
  vjp: { flat: comparison },
});

export const not: OpDef = scalarOp({
  doc: "Logical negation of a bool.",
  fn: "not",
  arity: 1,
  dtypes: ["bool"],
  vjp: { flat: "a bool has no gradient" },
});

export const select: OpDef = {
  doc: "a where the condition holds, else b; the side not taken gets a gradient of exactly 0.",
  arity: 3,
  infer: (operands) => {
    const [condition, whenTrue, whenFalse] = operands;
    const agree =
      condition!.dtype === "bool" &&
      whenTrue!.dtype === whenFalse!.dtype &&
      equalShapes(condition!.shape, whenTrue!.shape) &&
      equalShapes(whenTrue!.shape, whenFalse!.shape);
    if (!agree) throw new CompilerBug(`select cannot take (${operands.map(printType).join(", ")})`);
    return [whenTrue!];
  },
  meaning: () => ({
    kind: "expr",
    at: ([condition, whenTrue, whenFalse], index) =>
      call("select", condition!.at(index), whenTrue!.at(index), whenFalse!.at(index)),
  }),
  vjp: maskedRule((b, ct, [condition]) => {
    const zero = fill(b, 0, ct);
    return [null, b.op("select", [condition!, ct, zero]), b.op("select", [condition!, zero, ct])];
  }),
  samples: scalarSamples(3, "f32").map(({ operands, attrs }) => ({
    operands: operands.map((operand, i) =>
      i === 0 ? { shape: operand.shape, dtype: "bool" } : operand,
    ),
    attrs,
  })),
};

export const cast: OpDef = {
  doc: "Element type {dtype}: to i32 truncates toward 0, saturates and maps NaN to 0; to bool is a != 0.",
  arity: 1,
  infer: ([x], attrs) => [{ dtype: dtypeNamed(textAttr(attrs, "dtype")), shape: x!.shape }],
  meaning: (_types, attrs) => ({
    kind: "expr",
    at: ([x], index) => castTo(dtypeNamed(textAttr(attrs, "dtype")), x!.at(index)),
  }),
  vjp: (_b, ct, [x]) => [x!.type.dtype === "f32" ? ct : null],
  samples: [
    { operands: [{ shape: [3, 5] }], attrs: { dtype: "f32" } },
    { operands: [{ shape: [7], range: [-9, 9] }], attrs: { dtype: "i32" } },
    { operands: [{ shape: [1, 3], dtype: "i32", range: [-1, 2] }], attrs: { dtype: "bool" } },
    { operands: [{ shape: [5], dtype: "bool" }], attrs: { dtype: "f32" } },
  ],
};

export const stopGradient: OpDef = {
  doc: "The operand itself, with no gradient.",
  arity: 1,
  infer: ([x]) => [x!],
  meaning: () => ({ kind: "expr", at: ([x], index) => x!.at(index) }),
  vjp: { flat: "stop_gradient asks for no gradient" },
  samples: [
    { operands: [{ shape: [3, 5] }], attrs: {} },
    { operands: [{ shape: [1] }], attrs: {} },
    { operands: [{ shape: [7], dtype: "i32", range: [0, 5] }], attrs: {} },
  ],
};
