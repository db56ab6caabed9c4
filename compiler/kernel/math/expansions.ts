// Each transcendental function as arithmetic that vectors of f32 have.

import type { Expr, ScalarFn } from "../expr.ts";
import { atan } from "./atan.ts";
import { erf } from "./erf.ts";
import { exp, expm1, sigmoid, tanh } from "./exp.ts";
import { log, log1p } from "./log.ts";
import { normal } from "./normal.ts";
import { pow } from "./pow.ts";
import { cos, sin } from "./sine.ts";

type Call = Extract<Expr, { kind: "call" }>;

export const unary = { exp, expm1, log, log1p, sin, cos, atan, erf, tanh, sigmoid } satisfies {
  readonly [F in ScalarFn]?: (x: Expr) => Expr;
};

/** The call without transcendentals, or null where it has none. Powers of whole numbers have none. */
export const expandCall = ({ fn, dtype, args }: Call): Expr | null => {
  if (fn in unary) return unary[fn as keyof typeof unary](args[0]!);
  if (fn === "pow" && dtype === "f32") return pow(args[0]!, args[1]!);
  return fn === "normal" ? normal(args[0]!, args[1]!, args[2]!, args[3]!) : null;
};
