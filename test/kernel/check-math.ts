// Transcendental functions as kernel expressions against doubles, for f32 of every size and for those where something changes.

import { printNumber } from "../../compiler/ir/attr-text.ts";
import { local } from "../../compiler/kernel/build.ts";
import { callsOf, compileF32x4 } from "./f32x4.ts";
import type { Expr } from "../../compiler/kernel/expr.ts";
import { mathCases } from "./math-cases.ts";
import type { MathCase } from "./math-cases.ts";
import { errorInUlps } from "./ulp.ts";

const view = new DataView(new ArrayBuffer(4));
export const bitsOf = (x: number): number => {
  view.setFloat32(0, x);
  return view.getInt32(0);
};
export const f32Of = (bits: number): number => {
  view.setInt32(0, bits);
  return view.getFloat32(0);
};

const [smallestNormal, largest] = [2 ** -126, 2 ** 128 - 2 ** 104];
/** Ends of the f32, and where results overflow, become subnormal, vanish or reach their limit. */
const edges: readonly number[] = [
  ...[0, Infinity, NaN, 2 ** -149, smallestNormal, largest, 1, 2 ** -24, 2 ** 24, 2 ** 13],
  ...[88.72284, 87.33655, 103.97208, 103.2789, 17.32868, 9.010913, 3.832507, 0.5, 2 / 3, 4 / 3],
  ...[Math.LN2 / 2, Math.PI / 4, Math.PI / 2, Math.PI, 2 ** 126, 2 ** 127],
];

/** Numbers that occur in an expression: thresholds are among them. */
const numbersIn = (expr: Expr): readonly number[] =>
  callsOf(expr)
    .flatMap(({ args }) => args)
    .flatMap((e) => (e.kind === "number" && e.dtype === "f32" ? [e.value] : []));

/** Every edge with its neighbours, of both signs, then every `stride`-th f32. */
export const inputsFor = (expr: Expr, stride: number): Float32Array => {
  const near = [...edges, ...numbersIn(expr)].flatMap((edge) => {
    const bits = bitsOf(edge);
    return [-2, -1, 0, 1, 2].flatMap((by) => [f32Of(bits + by), -f32Of(bits + by)]);
  });
  const spread = Math.floor(2 ** 32 / stride);
  const count = Math.ceil((near.length + spread) / 4) * 4;
  const all = new Float32Array(count);
  const bits = new Int32Array(all.buffer);
  for (let k = 0; k < spread; k++) bits[near.length + k] = k * stride;
  all.set(near);
  return all;
};

/** The input whose error is furthest above what is stated, in words; null where none is. */
export const findAbove = (one: MathCase, stride: number): string | null => {
  const expr = one.expand(local("x", "f32"));
  const inputs = inputsFor(expr, stride);
  const batch = compileF32x4(expr, ["x"], inputs.length);
  batch.inputs[0]!.set(inputs);
  batch.run();
  let worst = one.ulps;
  let found: string | null = null;
  for (const [k, x] of inputs.entries()) {
    const [got, want] = [batch.output[k]!, one.exact(x)];
    const far = Math.abs(x) > one.upTo && Math.abs(x) < Infinity;
    const error = far ? (Math.abs(got) <= 1 ? 0 : Infinity) : errorInUlps(got, want);
    if (!(error > worst)) continue;
    worst = error;
    const [at, is, not] = [x, got, want].map(printNumber);
    found = `${one.name}(${at}) is ${is}, not ${not}: ${printNumber(error)} ulp`;
  }
  return found;
};

export const findInMath = async (): Promise<string | null> =>
  mathCases.map((one) => findAbove(one, 100_003)).find((found) => found !== null) ?? null;
