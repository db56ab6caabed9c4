// For every op: how its value at one position comes from those of its operands, or why it does not.

import { numbersAttr } from "../../ops/attrs.ts";
import type { OpName } from "../../ops/index.ts";
import { refuse } from "./not-causal.ts";
import { scanRule } from "./scan-rule.ts";
import { joining, padding, slicing, windows } from "./sequence-rules.ts";
import type { Rule } from "./stepper.ts";
import { contraction, ranking, reduction, runningSum } from "./sum-rules.ts";
import {
  counting,
  filling,
  gathering,
  pointwise,
  repetition,
  reshaping,
  scattering,
  transposition,
} from "./view-rules.ts";

const never =
  (reason: (size: string) => string): Rule =>
  (s, op) =>
    refuse(reason(s.size), op);

export const rules: Record<OpName, Rule> = {
  add: pointwise,
  sub: pointwise,
  mul: pointwise,
  div: pointwise,
  mod: pointwise,
  pow: pointwise,
  max: pointwise,
  min: pointwise,
  neg: pointwise,
  abs: pointwise,
  floor: pointwise,
  exp: pointwise,
  expm1: pointwise,
  log: pointwise,
  log1p: pointwise,
  sqrt: pointwise,
  sin: pointwise,
  cos: pointwise,
  atan: pointwise,
  erf: pointwise,
  tanh: pointwise,
  sigmoid: pointwise,
  eq: pointwise,
  lt: pointwise,
  le: pointwise,
  not: pointwise,
  select: pointwise,
  cast: pointwise,
  stopGradient: pointwise,
  reduceSum: reduction("reduceSum"),
  reduceMax: reduction("reduceMax"),
  reduceProd: reduction("reduceProd"),
  argMax: ranking(({ attrs }) => numbersAttr(attrs, "axes")),
  topK: ranking(({ operands: [x] }) => [x!.type.shape.length - 1]),
  cumSum: runningSum,
  contract: contraction,
  reshape: reshaping,
  transpose: transposition,
  broadcast: repetition,
  concat: joining,
  slice: slicing,
  pad: padding,
  window: windows,
  fold: never((size) => `adds up windows of values along ${size}`),
  gather: gathering,
  scatterAdd: scattering,
  iota: counting,
  constant: filling,
  random: never((size) => `draws noise, whose numbers depend on how long ${size} is`),
  scan: scanRule,
  grad: never((size) => `takes a gradient of values along ${size}`),
};
