// Every scalar function on numbers of every kind, as kernels, with the error that is allowed.

import { call, cast, load, local, loop, store } from "../../../compiler/kernel/build.ts";
import type { Expr, ScalarFn } from "../../../compiler/kernel/expr.ts";
import type { unary } from "../../../compiler/kernel/math/expansions.ts";
import type { Kernel } from "../../../compiler/kernel/kernel.ts";
import { signatures } from "../../../compiler/kernel/signature.ts";
import { tensor } from "../../../compiler/kernel/tensor.ts";
import type { Tensor } from "../../../compiler/kernel/tensor.ts";
import type { DType } from "../../../compiler/ir/type.ts";
import { inputsFor } from "../../kernel/check-math.ts";
import { mathCases } from "../../kernel/math-cases.ts";

/** Ends of f32 and what lies between them; none is subnormal, as a device may take such for 0. */
const reals: readonly number[] = [
  ...[NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 2, -2, 2.5, -2.5, 3, -7, 0.1, -0.1],
  ...[1e-30, -1e-30, 1e30, -1e30, 3.4028234663852886e38, -3.4028234663852886e38, 2 ** -126],
  ...[88.8, -88.8, 104.5, -104.5, 16777216, 2147483648, -2147483648, 2147483520, 4294967296],
].map(Math.fround);
const wholes: readonly number[] = [
  ...[0, 1, -1, 2, -2, 3, -3, 7, -7, 31, 65537, -65537, 2 ** 31 - 1, -(2 ** 31), 123456789],
];
const values: Record<DType, readonly number[]> = { f32: reals, i32: wholes, bool: [0, 1] };

/**
 * In units of the last place. Sums and products are rounded once, to either side; quotients and roots by the
 * specification of WGSL; the others as `test/kernel/math-cases.ts` has them, and for `mod` the sum with the divisor.
 */
const allowed: Record<ScalarFn, number> = {
  ...{ add: 1, sub: 1, mul: 1, div: 2.5, mod: 1, pow: 16, sqrt: 2.5 },
  ...{ min: 0, max: 0, neg: 0, abs: 0, floor: 0, eq: 0, lt: 0, le: 0, not: 0, and: 0, or: 0 },
  ...{ exp: 1.3, expm1: 1.7, log: 1.2, log1p: 2, sin: 2.5, cos: 2.5, atan: 2, erf: 4.1 },
  ...{ tanh: 2.7, sigmoid: 2.5, select: 0, cast: 0, toBits: 0, fromBits: 0 },
  ...{ shl: 0, shr: 0, bitAnd: 0, bitXor: 0, uniform: 0, normal: Infinity },
};

export type FunctionCase = {
  readonly name: string;
  readonly kernel: Kernel;
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly fn: ScalarFn;
  readonly ulps: number;
};

/** Every combination of values, the first changing slowest. */
const combinations = (lists: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  lists.reduceRight<readonly (readonly number[])[]>(
    (rest, list) => list.flatMap((value) => rest.map((others) => [value, ...others])),
    [[]],
  );

const caseOf = (
  fn: ScalarFn,
  name: string,
  dtypes: readonly DType[],
  lists: readonly (readonly number[])[],
  value: (args: readonly Expr[]) => Expr,
): FunctionCase => {
  const rows = combinations(lists);
  const shape = [rows.length];
  const decls = dtypes.map((dtype, k) => ({ name: `a${k}`, dtype, shape }));
  const at: Expr = { kind: "axis", dtype: "i32", name: "i" };
  const result = value(decls.map((decl) => load(decl, [at])));
  const y = { name: "y", dtype: result.dtype, shape };
  return {
    fn,
    name,
    ulps: allowed[fn],
    kernel: {
      name: `of_${name.replace(/\W+/g, "_")}`,
      params: decls,
      results: [y],
      sizes: [],
      body: [loop("i", rows.length, [store("y", [at], result)])],
      span: null,
    },
    buffers: new Map([
      ...decls.map(
        (decl, k) =>
          [
            decl.name,
            tensor(
              decl.dtype,
              shape,
              rows.map((row) => row[k]!),
            ),
          ] as const,
      ),
      ["y", tensor(y.dtype, shape, new Array<number>(rows.length).fill(0))] as const,
    ]),
  };
};

/** What `any` and `number` may stand for. */
const kindsOf = (fn: ScalarFn): readonly DType[] => {
  const { params } = signatures[fn];
  if (params.includes("number")) return ["f32", "i32"];
  return params.includes("any") ? ["f32", "i32", "bool"] : ["f32"];
};

/** Distances of shifts are 0 .. 31. Whole powers are of what is not negative. */
const listFor = (fn: ScalarFn, dtype: DType, position: number): readonly number[] => {
  if ((fn === "shl" || fn === "shr") && position === 1) return [0, 1, 7, 31];
  if (fn === "pow" && dtype === "i32" && position === 1) return [0, 1, 2, 5, 31];
  if (fn === "uniform" || fn === "normal") return [0, 1, -7, 123456789];
  return values[dtype];
};

const dtypes: readonly DType[] = ["f32", "i32", "bool"];

const castCases: readonly FunctionCase[] = dtypes.flatMap((from) =>
  dtypes
    .filter((to) => to !== from)
    .map((to) =>
      caseOf("cast", `cast ${from} ${to}`, [from], [values[from]], ([a]) => cast(to, a!)),
    ),
);

const { cast: _, ...called } = signatures;

/** Of every size, but for subnormal ones. */
const spread = (expand: (x: Expr) => Expr): readonly number[] =>
  [...inputsFor(expand(local("x", "f32")), 2_000_003)].filter(
    (x) => x === 0 || !(Math.abs(x) < 2 ** -126),
  );

const spreadCases: readonly FunctionCase[] = mathCases.map(({ name, expand }) => {
  const fn = name as keyof typeof unary;
  return caseOf(fn, `${fn} of many`, ["f32"], [spread(expand)], ([x]) => call(fn, x!));
});

export const functionCases: readonly FunctionCase[] = [
  ...Object.keys(called).flatMap((name) => {
    const fn = name as keyof typeof called;
    return kindsOf(fn).map((kind) => {
      const types = called[fn].params.map((p) =>
        p === "any" || p === "number" ? kind : p === "free" ? "f32" : p,
      );
      const lists = types.map((dtype, position) => listFor(fn, dtype, position));
      return caseOf(fn, `${fn} ${kind}`, types, lists, (args) => call(fn, ...args));
    });
  }),
  ...castCases,
  ...spreadCases,
];
