// Functions that kernels call: formulas of `kernel/math/` on four lanes, and what whole numbers need.

import { CompilerBug } from "../../../grammar/bug.ts";
import { call, int, local, num } from "../../kernel/build.ts";
import type { Expr, ScalarFn } from "../../kernel/expr.ts";
import { expandCall } from "../../kernel/math/expansions.ts";
import { createInterner } from "../../lower/intern.ts";
import type { Code } from "./bytes.ts";
import { createLocals } from "./functions.ts";
import type { Functions, Written } from "./functions.ts";
import {
  call as callCode,
  choose,
  get,
  i32,
  intConst,
  lane,
  leave,
  set,
  when,
  withLane,
} from "./instructions.ts";
import type { Local, ValueType } from "./instructions.ts";
import type { WasmImport } from "./module-bytes.ts";
import type { Pool } from "./pool.ts";
import { splat } from "./spelling.ts";
import type { Call, Lanes } from "./spelling.ts";
import { threefryUniform } from "./threefry.ts";

/** What the host has that WebAssembly has not: the remainder of doubles, with the sign of the divisor. */
export const hostImports: readonly WasmImport[] = [
  { name: "floorMod", signature: { params: ["f32", "f32"], result: "f32" } },
];

/** Writes the function of an expression over locals, four lanes at a time. */
export type WriteFormula = (expr: Expr, params: readonly string[]) => Written;

export type Library = Pick<Pool, "filled"> & {
  /** A call for which there is no instruction. `args` have `lanes` lanes. */
  readonly call: (expr: Call, args: readonly Code[], lanes: Lanes) => Code;
  readonly floorDiv: (a: Code, b: Code) => Code;
  readonly floorMod: (a: Code, b: Code) => Code;
};

export const createLibrary = (
  functions: Functions,
  pool: Pool,
  writeFormula: WriteFormula,
): Library => {
  const scalars = (fn: "floorDiv" | "floorMod"): ((a: Code, b: Code) => Code) => {
    const write = fn === "floorDiv" ? writeFloorDiv : writeFloorMod;
    return (a, b) => {
      const signature = { params: ["i32", "i32"], result: "i32" } as const;
      return callCode(functions.add(fn, signature, false, write), [a, b]);
    };
  };
  const [floorDiv, floorMod] = [scalars("floorDiv"), scalars("floorMod")];
  const remainder = (a: Code, b: Code): Code => callCode(0, [a, b]);

  /** The function of four lanes. */
  const formula = (fn: ScalarFn, dtypes: readonly Expr["dtype"][]): number => {
    const params = dtypes.map((dtype, k) => local(`x${k}`, dtype));
    const name = dtypes[0] === "f32" || dtypes.length > 2 ? fn : `${fn}Int`;
    const signature = { params: params.map((): ValueType => "v128"), result: "v128" } as const;
    return functions.add(name, signature, false, () =>
      writeFormula(
        expressionOf(fn, params),
        params.map((p) => p.name),
      ),
    );
  };

  return {
    filled: pool.filled,
    floorDiv,
    floorMod,
    call: ({ fn, dtype, args: operands }, args, lanes) => {
      const dtypes = operands.map((e) => e.dtype);
      const one =
        fn === "div" ? floorDiv : fn === "mod" ? (dtype === "f32" ? remainder : floorMod) : null;
      if (one !== null) return lanes === 1 ? one(args[0]!, args[1]!) : laneByLane(dtype, args, one);
      const index = formula(fn, dtypes);
      if (lanes === 4) return callCode(index, args);
      const whole = args.map((arg, k) => splat(dtypes[k]!, arg));
      return lane(dtype === "f32" ? "f32" : "i32", callCode(index, whole), 0);
    },
  };
};

/** Operands are read four times: they are variables or numbers. */
export const laneByLane = (
  dtype: Expr["dtype"],
  [a, b]: readonly Code[],
  one: (a: Code, b: Code) => Code,
): Code => {
  const type = dtype === "f32" ? "f32" : "i32";
  const at = (k: number): Code => one(lane(type, a!, k), lane(type, b!, k));
  return [1, 2, 3].reduce((all, k) => withLane(type, all, k, at(k)), splat(dtype, at(0)));
};

/** Whether the code of its operands stands in that of a call several times. */
export const repeatsOperands = ({ fn, dtype, args }: Call, lanes: Lanes): boolean => {
  const from = args[0]!.dtype;
  if (fn === "div" || fn === "mod") return lanes === 4 && (dtype !== "f32" || fn === "mod");
  return from === "i32" && lanes === 1 && (fn === "min" || fn === "max" || fn === "abs");
};

const expressionOf = (fn: ScalarFn, params: readonly Expr[]): Expr => {
  const [a, b, c, d] = params;
  if (fn === "uniform") return createInterner().intern(threefryUniform(a!, b!, c!, d!));
  if (fn === "pow" && a!.dtype === "i32") return createInterner().intern(wholePower(a!, b!));
  const dtype = "f32";
  const formula = (args: readonly Expr[]): Expr => {
    const expanded = expandCall({ kind: "call", dtype, fn, args });
    if (expanded === null) throw new CompilerBug(`there is no formula for ${fn}`);
    return expanded;
  };
  return createInterner().intern(fn === "exp" ? expOrZero(a!, formula) : formula(params));
};

/** What is hidden in a softmax is the power of minus infinity: to make a number so small takes four times as long as any other. */
const expOrZero = (x: Expr, formula: (args: readonly Expr[]) => Expr): Expr => {
  const isNothing = call("lt", x, num(-103.98));
  const zeroIf = (value: Expr): Expr => call("select", isNothing, num(0), value);
  return zeroIf(formula([zeroIf(x)]));
};

/** By squaring, wrapping at 32 bits; 1 for exponents below 1. */
const wholePower = (base: Expr, exponent: Expr): Expr => {
  let [result, power]: [Expr, Expr] = [int(1), base];
  for (let bit = 0; bit < 31; bit++) {
    const isSet = call("eq", call("bitAnd", call("shr", exponent, int(bit)), int(1)), int(1));
    result = call("select", isSet, call("mul", result, power), result);
    power = call("mul", power, power);
  }
  return call("select", call("lt", exponent, int(1)), num(1, "i32"), result);
};

/** Toward minus infinity; by 0 it is 0. The least number by -1 wraps. */
const writeFloorDiv = (): Written => {
  const locals = createLocals(["i32", "i32"]);
  const [a, b] = locals.params as readonly [Local, Local];
  const quotient = locals.fresh("i32");
  const isOff = i32.and(
    i32.ne(i32.mul(get(quotient), get(b)), get(a)),
    i32.lt(i32.xor(get(a), get(b)), intConst(0)),
  );
  const body: Code = [
    when(i32.isZero(get(b)), [intConst(0), leave]),
    when(i32.eq(get(b), intConst(-1)), [i32.sub(intConst(0), get(a)), leave]),
    set(quotient, i32.div(get(a), get(b))),
    i32.sub(get(quotient), isOff),
  ];
  return { locals: locals.own(), body };
};

/** With the sign of the divisor; by 0 it is 0. */
const writeFloorMod = (): Written => {
  const locals = createLocals(["i32", "i32"]);
  const [a, b] = locals.params as readonly [Local, Local];
  const rest = locals.fresh("i32");
  const isOff = i32.and(
    i32.ne(get(rest), intConst(0)),
    i32.lt(i32.xor(get(rest), get(b)), intConst(0)),
  );
  const body: Code = [
    when(i32.isZero(get(b)), [intConst(0), leave]),
    set(rest, i32.rem(get(a), get(b))),
    choose(i32.add(get(rest), get(b)), get(rest), isOff),
  ];
  return { locals: locals.own(), body };
};
