// Writes numbers that the host computes in doubles: schedules, metrics, sizes.

import type { HostExpr, HostFn } from "../ir/module.ts";
import { spellSize } from "./typescript/emit-size.ts";

type Spell = (...args: readonly string[]) => string;

const infix =
  (op: string): Spell =>
  (a, b) =>
    `(${a} ${op} ${b})`;
const truth =
  (op: string): Spell =>
  (a, b) =>
    `(${a} ${op} ${b} ? 1 : 0)`;
const math =
  (name: string): Spell =>
  (...args) =>
    `Math.${name}(${args.join(", ")})`;

const spelling: Record<HostFn, Spell> = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  mod: (a, b) => `(${a} - ${b} * Math.floor(${a} / ${b}))`,
  pow: math("pow"),
  min: math("min"),
  max: math("max"),
  neg: (a) => `(-${a})`,
  abs: math("abs"),
  floor: math("floor"),
  ceil: math("ceil"),
  round: (a) => `roundHalfEven(${a})`,
  exp: math("exp"),
  expm1: math("expm1"),
  log: math("log"),
  log1p: math("log1p"),
  sqrt: math("sqrt"),
  sin: math("sin"),
  cos: math("cos"),
  tanh: math("tanh"),
  erf: (a) => `erf(${a})`,
  sigmoid: (a) => `(1 / (1 + Math.exp(-${a})))`,
  eq: truth("==="),
  lt: truth("<"),
  le: truth("<="),
  not: (a) => `(${a} === 0 ? 1 : 0)`,
  and: (a, b) => `(${a} !== 0 && ${b} !== 0 ? 1 : 0)`,
  or: (a, b) => `(${a} !== 0 || ${b} !== 0 ? 1 : 0)`,
  select: (c, a, b) => `(${c} !== 0 ? ${a} : ${b})`,
};

/** Accumulators are `a0`, `a1` …, the update count `step`, sizes go by their names. */
export const hostText = (e: HostExpr): string => {
  switch (e.kind) {
    case "number":
      return numberText(e.value);
    case "step":
      return "step";
    case "size":
      return spellSize(e.dim);
    case "accumulator":
      return `a${e.index}`;
    case "call":
      return spelling[e.fn](...e.args.map(hostText));
  }
};

/** Sizes, and accumulators, that an expression mentions; `step` is one of the names. */
export const hostMentions = (e: HostExpr, name: string): boolean =>
  new RegExp(`\\b${name}\\b`).test(hostText(e));

const numberText = (value: number): string => {
  if (Object.is(value, -0)) return "-0";
  return value < 0 ? `(${value})` : String(value);
};

/** Small functions that host text calls. */
export const hostHelpers = {
  roundHalfEven: {
    doc: "To the nearest whole number, halves to the even one.",
    params: [{ name: "x", type: "number" }],
    returns: "number",
    lines: [
      "const low = Math.floor(x);",
      "const rest = x - low;",
      "if (rest !== 0.5) return Math.round(x);",
      "return low % 2 === 0 ? low : low + 1;",
    ],
  },
} as const;
