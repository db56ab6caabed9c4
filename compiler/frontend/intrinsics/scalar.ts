// Functions of one number: exact or in doubles when known, on the host for `step`, else elementwise ops.

import * as dim from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import type { HostFn } from "../../ir/module.ts";
import { erf } from "../../kernel/erf.ts";
import type { OpName } from "../../ops/index.ts";
import type { Context } from "../context.ts";
import { boolItem, dtypeOf, floatItem, isStaticNumber, knownNumber, sizeItem } from "../convert.ts";
import type { StaticNumber } from "../convert.ts";
import { hostCall, hostExpr, hostTruncate } from "../host-scalar.ts";
import { align, arithmeticTyping, floatTyping } from "../pointwise.ts";
import type { Typing } from "../pointwise.ts";
import { unknown } from "../value.ts";
import type { HostItem, Item } from "../value.ts";
import { argumentItem, argumentSpan } from "./arguments.ts";
import { required } from "./define.ts";
import type { Intrinsic, IntrinsicCall } from "./define.ts";

/** What a function gives for each kind of number. */
type Row = {
  readonly known: (item: StaticNumber) => Item | null;
  readonly host: (item: Item) => HostItem | null;
  readonly typing: Typing;
  readonly graph: (ctx: Context, x: Value) => Value;
};

const scalarFunction = (row: Row): Intrinsic => ({
  params: [required("x")],
  pointwise: true,
  run: (call) => {
    const item = argumentItem(call, "x");
    const known = isStaticNumber(item) ? row.known(item) : null;
    if (known !== null) return known;
    const host = hostExpr(item) === null ? null : row.host(item);
    return host ?? applyRow(call, item, row);
  },
});

const applyRow = (call: IntrinsicCall, item: Item, { typing, graph }: Row): Item => {
  const { ctx, name } = call;
  const span = argumentSpan(call, "x");
  const aligned = align(ctx, name, [{ item, text: ctx.text(span) }], typing, span);
  return aligned === null ? unknown : aligned.wrap(graph(ctx, aligned.values[0]!));
};

const sigmoidOf = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
};

/** A function of analysis: float in, float out. */
const analytic = (fn: OpName & HostFn, inDoubles: (x: number) => number): Intrinsic =>
  scalarFunction({
    known: (item) => {
      const x = item.kind === "bool" ? Number(item.value) : knownNumber(item);
      return x === null ? null : floatItem(inDoubles(x));
    },
    host: (item) => hostCall(fn, "f32", [hostExpr(item)!]),
    typing: floatTyping,
    graph: (ctx, x) => ctx.builder.op(fn, [x]),
  });

export const roundHalfEven = (x: number): number => {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
};

/** A whole number of what is known; a float where it is too large to be one. */
const whole = (x: number): Item => (Number.isSafeInteger(x) ? sizeItem(x + 0) : floatItem(x));

type Quotient = { readonly num: dim.Dim; readonly den: dim.Dim };

/** `floor`, `ceil`, `round`: whole numbers of quotients and floats, floats of float tensors, ints stay. */
const rounding = (
  fn: "floor" | "ceil" | "round",
  inDoubles: (x: number) => number,
  ofQuotient: (q: Quotient) => dim.Dim,
  graph: (ctx: Context, x: Value) => Value,
): Intrinsic =>
  scalarFunction({
    known: (item) => {
      if (item.kind === "size") return item;
      if (item.kind === "bool") return sizeItem(Number(item.value));
      if (item.kind === "float") return whole(inDoubles(item.value));
      const label = item.label == null ? null : `${fn}(${item.label})`;
      return { kind: "size", dim: ofQuotient(item), label };
    },
    host: (item) => hostCall(fn, dtypeOf(item) === "f32" ? "f32" : "i32", [hostExpr(item)!]),
    typing: arithmeticTyping,
    graph: (ctx, x) => (x.type.dtype === "f32" ? graph(ctx, x) : x),
  });

const floorValue = (ctx: Context, x: Value): Value => ctx.builder.op("floor", [x]);

const ceilValue = ({ builder: b }: Context, x: Value): Value =>
  b.op("neg", [b.op("floor", [b.op("neg", [x])])]);

const roundValue = ({ builder: b }: Context, x: Value): Value => {
  const filled = (value: number): Value => b.constant(value, x.type);
  const low = b.op("floor", [x]);
  const rest = b.op("sub", [x, low]);
  const odd = b.op("eq", [b.op("mod", [low, filled(2)]), filled(1)]);
  const tie = b.op("min", [b.op("eq", [rest, filled(0.5)]), odd]);
  const up = b.op("max", [b.op("lt", [filled(0.5), rest]), tie]);
  return b.op("add", [low, b.op("cast", [up], { dtype: "f32" })]);
};

/** Half of it to the even neighbour: floor(q + 1/2), one less for an odd result that was a tie. */
const roundQuotient = ({ num, den }: Quotient): dim.Dim => {
  if (typeof num === "number" && typeof den === "number") return roundHalfEven(num / den);
  return dim.floorDiv(dim.add(dim.mul(num, 2), den), dim.mul(den, 2));
};

const truncate = (x: number): number => (Number.isNaN(x) ? 0 : Math.trunc(x));

const int: Intrinsic = scalarFunction({
  known: (item) => {
    if (item.kind === "size") return item;
    if (item.kind === "bool") return sizeItem(Number(item.value));
    const x = knownNumber(item);
    if (x !== null) return sizeItem(Math.min(Math.max(truncate(x), -(2 ** 31)), 2 ** 31 - 1) + 0);
    return item.kind === "ratio" ? sizeItem(dim.floorDiv(item.num, item.den)) : null;
  },
  host: (item) => hostTruncate(hostExpr(item)!),
  typing: (dtypes) => dtypes,
  graph: (ctx, x) => ctx.builder.op("cast", [x], { dtype: "i32" }),
});

const float: Intrinsic = scalarFunction({
  known: (item) => {
    const x = item.kind === "bool" ? Number(item.value) : knownNumber(item);
    return x === null ? null : floatItem(x);
  },
  host: (item) => ({ kind: "host", dtype: "f32", expr: hostExpr(item)! }),
  typing: (dtypes) => dtypes,
  graph: (ctx, x) => ctx.builder.op("cast", [x], { dtype: "f32" }),
});

const bool: Intrinsic = scalarFunction({
  known: (item) => {
    if (item.kind === "bool") return item;
    const x = knownNumber(item);
    return x === null ? null : boolItem(x !== 0);
  },
  host: (item) => {
    const zero = { kind: "number", value: 0 } as const;
    return hostCall("not", "bool", [hostCall("eq", "bool", [hostExpr(item)!, zero]).expr]);
  },
  typing: (dtypes) => dtypes,
  graph: (ctx, x) => ctx.builder.op("cast", [x], { dtype: "bool" }),
});

export const scalarIntrinsics: Readonly<Record<string, Intrinsic>> = {
  exp: analytic("exp", Math.exp),
  expm1: analytic("expm1", Math.expm1),
  log: analytic("log", Math.log),
  log1p: analytic("log1p", Math.log1p),
  sin: analytic("sin", Math.sin),
  cos: analytic("cos", Math.cos),
  tanh: analytic("tanh", Math.tanh),
  erf: analytic("erf", erf),
  sqrt: analytic("sqrt", Math.sqrt),
  sigmoid: analytic("sigmoid", sigmoidOf),
  floor: rounding("floor", Math.floor, ({ num, den }) => dim.floorDiv(num, den), floorValue),
  ceil: rounding("ceil", Math.ceil, ({ num, den }) => dim.ceilDiv(num, den), ceilValue),
  round: rounding("round", roundHalfEven, roundQuotient, roundValue),
  int,
  float,
  bool,
};
