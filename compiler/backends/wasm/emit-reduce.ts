// The code of reductions over the same axes: one loop with an accumulator each. Where four elements are taken at a time,
// four accumulators are one vector, and are put together behind the loop.

import { int, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { neutralOf } from "../../kernel/neutral.ts";
import type { Code } from "./bytes.ts";
import type { Emitter } from "./emit-expr.ts";
import { emitRounds } from "./emit-rounds.ts";
import { choose, f32, f32x4, get, i32, lane, set, v128, when } from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { numberCode, spell, splat, typeOf } from "./spelling.ts";
import type { Lanes } from "./spelling.ts";

export type Reduction = Extract<Expr, { kind: "reduce" }>;

type Accumulator = {
  readonly reduction: Reduction;
  readonly local: Local;
  /** Parts of it in fours, where elements are taken four at a time. */
  readonly parts: readonly Local[];
  /** Of argmax: the position of the best so far. */
  readonly at: Local | null;
};

const startOf = ({ op, body: { dtype } }: Reduction): number => {
  const start = neutralOf(op === "argmax" ? "max" : op, dtype);
  if (dtype !== "i32" || Number.isFinite(start)) return start;
  return start < 0 ? -(2 ** 31) : 2 ** 31 - 1;
};

/** Puts the loop into `home` and the results into variables that it holds. */
export const emitReductions = (
  emitter: Emitter,
  reductions: readonly Reduction[],
  lanes: Lanes,
  home: Scope,
): void => {
  const { locals, vectors } = emitter;
  const { axes, where } = reductions[0]!;
  const last = axes.at(-1)!;
  const inParts =
    home.axis === null &&
    vectors.sums.has(last.name) &&
    reductions.every(({ op }) => op !== "argmax");
  const fours = inParts ? foursFor(last, reductions.length) : [];
  const accumulators = reductions.map((reduction): Accumulator => {
    const { dtype } = reduction.body;
    const local = locals.fresh(typeOf(dtype, lanes));
    home.code.push(set(local, numberCode(dtype, startOf(reduction), lanes)));
    const parts = Array.from({ length: fours[0] ?? 0 }, () => locals.fresh("v128"));
    for (const part of parts) home.code.push(set(part, numberCode(dtype, startOf(reduction), 4)));
    const at = reduction.op === "argmax" ? locals.fresh(typeOf("i32", lanes)) : null;
    if (at !== null) home.code.push(set(at, numberCode("i32", 0, lanes)));
    return { reduction, local, parts, at };
  });
  const step = (scope: Scope, width: Lanes, four: number): void => {
    const held = accumulators.map(({ reduction }) => valueIn(emitter, reduction, width, scope));
    accumulators.forEach((acc, k) => {
      const into = width === 4 ? (acc.parts[four] ?? acc.local) : acc.local;
      takeIn(emitter, acc, into, held[k]!, width, axes, scope);
    });
  };
  const guarded = (scope: Scope, width: Lanes, four: number): void => {
    if (where === null || emitter.lanesOf(where, scope) === 4) return step(scope, width, four);
    const test = emitter.value(where, scope);
    const inner = openScope(scope, { guard: true });
    step(inner, width, four);
    scope.code.push(when(test, inner.code));
  };
  const nest = (position: number, scope: Scope): void => {
    const axis = axes[position];
    if (axis === undefined) return guarded(scope, lanes, 0);
    const range = axis.range ?? { from: int(0), to: size(axis.extent) };
    const isLast = position === axes.length - 1;
    const own = isLast ? fours : [];
    emitRounds(emitter, { name: axis.name, ...range }, own, scope, true, (inner, four) => {
      if (isLast) guarded(inner, inner.axis === axis.name ? 4 : lanes, four);
      else nest(position + 1, inner);
    });
  };
  nest(0, home);
  for (const { reduction, local, parts, at } of accumulators) {
    if (parts.length > 0) combineParts(reduction, local, parts, home);
    home.held.set(reduction, at ?? local);
  }
};

/** What is taken in, in a variable or a number; the neutral element where a guard that differs does not hold. */
const valueIn = (emitter: Emitter, reduction: Reduction, width: Lanes, scope: Scope): Code => {
  const { body, where } = reduction;
  const { dtype } = body;
  if (where === null || width === 1 || emitter.lanesOf(where, scope) === 1) {
    const code = width === 4 ? emitter.vector(body, scope) : emitter.value(body, scope);
    return emitter.keep(code, body, width, scope);
  }
  const mask = emitter.locals.fresh("v128");
  const own = emitter.vector(where, scope);
  scope.code.push(set(mask, scope.mask === null ? own : v128.and(own, get(scope.mask))));
  const inner = openScope(scope, { guard: true, mask });
  const code = emitter.vector(body, inner);
  scope.code.push(...inner.code);
  const neutral = numberCode(dtype, startOf(reduction), 4);
  return emitter.keep(v128.select(code, neutral, get(mask)), body, 4, scope);
};

const takeIn = (
  emitter: Emitter,
  { reduction, local, at }: Accumulator,
  into: Local,
  value: Code,
  width: Lanes,
  axes: Reduction["axes"],
  scope: Scope,
): void => {
  const { op, body } = reduction;
  if (op !== "argmax") {
    scope.code.push(set(into, spell(op, body.dtype, width)!(get(into), value)));
    return;
  }
  // NaN is greater than every number, and the first of equal ones stays, NaN too.
  const better =
    body.dtype === "f32"
      ? width === 1
        ? i32.and(i32.isZero(f32.le(value, get(local))), f32.eq(get(local), get(local)))
        : v128.andNot(f32x4.eq(get(local), get(local)), f32x4.le(value, get(local)))
      : spell("lt", body.dtype, width)!(get(local), value);
  const isBetter = emitter.locals.fresh(width === 1 ? "i32" : "v128");
  const position = positionOf(emitter, axes, scope);
  scope.code.push(set(isBetter, better));
  if (width === 1)
    scope.code.push(
      set(local, choose(value, get(local), get(isBetter))),
      set(at!, choose(position, get(at!), get(isBetter))),
    );
  else
    scope.code.push(
      set(local, v128.select(value, get(local), get(isBetter))),
      set(at!, v128.select(splat("i32", position), get(at!), get(isBetter))),
    );
};

/** Row-major position over the reduced axes. */
const positionOf = (emitter: Emitter, axes: Reduction["axes"], scope: Scope): Code =>
  axes
    .map(({ name, extent }) => ({
      code: emitter.value({ kind: "axis", dtype: "i32", name }, scope),
      extent: emitter.size(extent),
    }))
    .reduce((sum, { code, extent }) => ({
      code: i32.add(i32.mul(sum.code, extent), code),
      extent,
    })).code;

/** Fours of parts: each waits for the one before, so several go side by side. */
const foursFor = (
  { extent, range }: Reduction["axes"][number],
  sums: number,
): readonly number[] => {
  const isLong = range === null && (typeof extent !== "number" || extent >= 32);
  return isLong && sums <= 2 ? [4, 1] : [1];
};

/** In pairs, then lanes 0 + 2 and 1 + 3, and what was left over besides. */
const combineParts = (
  { op, body: { dtype } }: Reduction,
  local: Local,
  parts: readonly Local[],
  home: Scope,
): void => {
  if (op === "argmax") return;
  const four = spell(op, dtype, 4)!;
  const [a, b, c, d] = parts.map(get);
  const [whole] = parts as readonly [Local];
  if (parts.length === 4) home.code.push(set(whole, four(four(a!, b!), four(c!, d!))));
  const combine = spell(op, dtype, 1)!;
  const one = (k: number): Code => {
    const word = lane(dtype === "f32" ? "f32" : "i32", get(whole), k);
    return dtype === "bool" ? i32.and(word, numberCode("i32", 1, 1)) : word;
  };
  const both = (x: number, y: number): Code => combine(one(x), one(y));
  home.code.push(set(local, combine(combine(both(0, 2), both(1, 3)), get(local))));
};
