// The code of expressions: what does not change in a loop goes before it, what is used twice gets a variable, reductions
// over the same axes share a loop. Within a loop of which four rounds are one, what differs among those is a vector.

import { CompilerBug } from "../../../grammar/bug.ts";
import type { Dim } from "../../ir/dim.ts";
import { dimKey } from "../../ir/dim.ts";
import type { Extents } from "../../kernel/affine.ts";
import type { Expr } from "../../kernel/expr.ts";
import { childrenOf } from "../../lower/intern.ts";
import type { Interner } from "../../lower/intern.ts";
import { dividesPositives } from "../emit/divides-positives.ts";
import { createExprFacts } from "../emit/expr-facts.ts";
import type { Flat } from "../emit/flatten.ts";
import type { Code } from "./bytes.ts";
import type { Vectors } from "./choose-vectors.ts";
import { emitReductions } from "./emit-reduce.ts";
import type { Reduction } from "./emit-reduce.ts";
import type { Locals } from "./functions.ts";
import {
  branch,
  choose,
  f32x4,
  get,
  i32,
  i32x4,
  lane,
  laneNumbers,
  mulAdd,
  set,
  v128,
} from "./instructions.ts";
import type { Local } from "./instructions.ts";
import { laneByLane, repeatsOperands } from "./library.ts";
import type { Library } from "./library.ts";
import { createLoads } from "./loads.ts";
import { bytesOfNumber } from "./pool.ts";
import { bindingOf, heldIn, openScope, outermost, outermostOfReads } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { sizeCode } from "./size-code.ts";
import { castCode, numberCode, spell, splat, typeOf } from "./spelling.ts";
import type { Call, Lanes } from "./spelling.ts";

export type Emitter = {
  readonly locals: Locals;
  readonly flat: Flat;
  readonly interner: Interner;
  /** How many lanes a value has there. */
  readonly lanesOf: (expr: Expr, scope: Scope) => Lanes;
  /** Of as many lanes as it has. */
  readonly value: (expr: Expr, scope: Scope) => Code;
  /** Of four lanes. */
  readonly vector: (expr: Expr, scope: Scope) => Code;
  /** Of the first lane: of whole numbers, as addresses. */
  readonly first: (expr: Expr, scope: Scope) => Code;
  readonly size: (dim: Dim) => Code;
  /** In a new variable, unless it is one or a number. */
  readonly keep: (code: Code, expr: Expr, lanes: Lanes, scope: Scope) => Code;
  readonly vectors: Vectors;
  /** Starts code that is emitted apart: counts uses, and collects reductions that can share a loop. */
  readonly begin: (roots: readonly Expr[]) => void;
  /** Starts neighbouring statements of which none reads what one before it stores. */
  readonly beginRun: (roots: readonly Expr[]) => void;
};

export type EmitterParts = {
  readonly locals: Locals;
  readonly flat: Flat;
  readonly interner: Interner;
  readonly library: Library;
  readonly root: Scope;
  /** Buffers that the kernel stores to: their loads stay where they are written. */
  readonly stored: ReadonlySet<string>;
  readonly vectors: Vectors;
  /** Of all axes, for what is known of positions. */
  readonly extents: Extents;
  /** Whether a product may be rounded once with the sum that alone needs it. */
  readonly fusesSums: boolean;
};

export const createEmitter = (parts: EmitterParts): Emitter => {
  const { locals, flat, interner, library, root, stored, vectors, extents, fusesSums } = parts;
  const facts = createExprFacts(flat, stored);
  const { free, safe, pinned, unguardedOf, usesOf, begin, beginRun } = facts;
  const sizes = new Map<string, Local>();
  const readsOf = new Map<Expr, ReadonlySet<string>>();

  const lanesOf = (expr: Expr, scope: Scope): Lanes => {
    if (scope.axis === null) return 1;
    for (const name of free(expr)) if (bindingOf(scope, name)?.differs === true) return 4;
    return 1;
  };

  /** Buffers that are stored to and that it reads. */
  const storedIn = (expr: Expr): ReadonlySet<string> => {
    const known = readsOf.get(expr);
    if (known !== undefined) return known;
    const own = expr.kind === "load" && stored.has(expr.buffer) ? [expr.buffer] : [];
    const all = new Set([...own, ...childrenOf(expr).flatMap((e) => [...storedIn(e)])]);
    readsOf.set(expr, all);
    return all;
  };

  const binding = (name: string, scope: Scope): { local: Local; differs: boolean } => {
    const found = bindingOf(scope, name);
    if (found === null) throw new CompilerBug(`no variable for ${name}`);
    return found;
  };

  const hold = (expr: Expr, code: Code, lanes: Lanes, home: Scope): Code => {
    const local = locals.fresh(typeOf(expr.dtype, lanes));
    home.code.push(set(local, code));
    home.held.set(expr, local);
    return get(local);
  };

  const keep: Emitter["keep"] = (code, expr, lanes, scope) => {
    // The code of a variable, or of a number.
    if (Array.isArray(code) && [0x20, 0x41, 0x43].includes(code[0] as number)) return code;
    const local = locals.fresh(typeOf(expr.dtype, lanes));
    scope.code.push(set(local, code));
    return get(local);
  };

  const size = (dim: Dim): Code => {
    const parts = {
      symbol: (name: string) => get(binding(`size ${name}`, root).local),
      floorDiv: library.floorDiv,
      floorMod: library.floorMod,
    };
    if (typeof dim === "number") return sizeCode(dim, parts);
    const known = sizes.get(dimKey(dim));
    if (known !== undefined) return get(known);
    const local = locals.fresh("i32");
    root.code.push(set(local, sizeCode(dim, parts)));
    sizes.set(dimKey(dim), local);
    return get(local);
  };

  const isAxis = (expr: Expr, scope: Scope): boolean =>
    expr.kind === "axis" && expr.name === scope.axis && binding(expr.name, scope).differs;

  const value = (expr: Expr, scope: Scope): Code => {
    switch (expr.kind) {
      case "number":
        return numberCode(expr.dtype, expr.value, 1);
      case "axis":
      case "local": {
        const code = get(binding(expr.name, scope).local);
        return isAxis(expr, scope) ? i32x4.add(v128.splatInt(code), laneNumbers) : code;
      }
      case "size":
        return size(expr.dim);
      default: {
        const held = heldIn(scope, expr);
        if (held !== null) return get(held);
        const home = pinned(expr)
          ? outermostOfReads(scope, free(expr), safe(expr), storedIn(expr))
          : outermost(scope, free(expr), safe(expr));
        if (expr.kind === "reduce") return emitReduce(expr, pinned(expr) ? scope : home);
        if (pinned(expr) && home === scope && !scope.pure) return compute(expr, scope);
        if (usesOf(expr) < 2 && home === scope) return compute(expr, scope);
        return hold(expr, compute(expr, home), lanesOf(expr, home), home);
      }
    }
  };

  const vector = (expr: Expr, scope: Scope): Code => {
    if (expr.kind === "number")
      return expr.dtype === "bool"
        ? numberCode(expr.dtype, expr.value, 4)
        : library.filled(bytesOfNumber(expr.dtype, expr.value));
    const code = value(expr, scope);
    return lanesOf(expr, scope) === 4 ? code : splat(expr.dtype, code);
  };

  const first = (expr: Expr, scope: Scope): Code => {
    if (lanesOf(expr, scope) === 1) return value(expr, scope);
    if (isAxis(expr, scope) && expr.kind === "axis") return get(binding(expr.name, scope).local);
    const op = expr.kind === "call" && expr.fn !== "select" && !repeatsOperands(expr, 1);
    const row = op ? spell(expr.fn, expr.args[0]!.dtype, 1) : null;
    if (op && row !== null && expr.dtype === "i32" && expr.args[0]!.dtype === "i32") {
      const [a, b] = expr.args.map((arg) => first(arg, scope));
      return row(a!, b ?? []);
    }
    return lane(expr.dtype === "f32" ? "f32" : "i32", value(expr, scope), 0);
  };

  /** Whether it can be computed here, has not been, and has no better place. */
  const belongs = (expr: Expr, home: Scope): boolean =>
    (safe(expr) || facts.isUnguarded(expr)) &&
    heldIn(home, expr) === null &&
    [...free(expr)].every((name) => bindingOf(home, name) !== null) &&
    (pinned(expr) || outermost(home, free(expr), safe(expr)) === home);

  const emitReduce = (expr: Reduction, home: Scope): Code => {
    const lanes = lanesOf(expr, home);
    const mates = facts
      .alike(expr)
      .filter(
        (other) => other === expr || (belongs(other, home) && lanesOf(other, home) === lanes),
      );
    emitReductions(emitter, mates.includes(expr) ? mates : [expr], lanes, home);
    const local = heldIn(home, expr)!;
    if (pinned(expr)) {
      if (!mates.includes(expr)) home.held.delete(expr);
      for (const mate of mates) facts.atEndOfRun(() => home.held.delete(mate));
    }
    return get(local);
  };

  const compute = (expr: Exclude<Expr, Reduction>, scope: Scope): Code => {
    if (expr.kind === "load") return loads(expr, scope);
    if (expr.kind !== "call") throw new CompilerBug(`no code for ${expr.kind}`);
    const lanes = lanesOf(expr, scope);
    if (expr.fn === "select") return emitSelect(expr, lanes, scope);
    const one = (arg: Expr): Code => (lanes === 4 ? vector(arg, scope) : value(arg, scope));
    const [a, b] = expr.args as [Expr, Expr?];
    if (expr.fn === "cast") return castCode(a.dtype, expr.dtype, lanes, one(a));
    if ((expr.fn === "shl" || expr.fn === "shr") && lanes === 4) {
      if (lanesOf(b!, scope) === 1) return i32x4[expr.fn](one(a), value(b!, scope));
      const [x, by] = [a, b!].map((arg) => keep(one(arg), arg, 4, scope));
      return laneByLane("i32", [x!, by!], i32[expr.fn]);
    }
    const fused = fusesSums && lanes === 4 ? fusedSum(expr) : null;
    if (fused !== null) return mulAdd(one(fused.x), one(fused.y), one(fused.to));
    const args = expr.args.map((arg) =>
      repeatsOperands(expr, lanes) ? keep(one(arg), arg, lanes, scope) : one(arg),
    );
    const isWhole = (expr.fn === "div" || expr.fn === "mod") && a.dtype === "i32";
    if (isWhole && lanes === 1 && dividesPositives(expr, extents))
      return (expr.fn === "div" ? i32.divUnsigned : i32.remUnsigned)(args[0]!, args[1]!);
    const spelled = spell(expr.fn, a.dtype, lanes);
    return spelled === null ? library.call(expr, args, lanes) : spelled(args[0]!, args[1] ?? []);
  };

  const fusedSum = ({
    fn,
    dtype,
    args: [a, b],
  }: Call): { readonly x: Expr; readonly y: Expr; readonly to: Expr } | null => {
    if (fn !== "add" || dtype !== "f32") return null;
    for (const [product, to] of [
      [a!, b!],
      [b!, a!],
    ] as const) {
      const isAlone = product.kind === "call" && product.fn === "mul" && usesOf(product) < 2;
      if (isAlone) return { x: product.args[0]!, y: product.args[1]!, to };
    }
    return null;
  };

  /** Of lanes that differ both sides are computed, each with those lanes alone reading what might lie outside a buffer. */
  const emitSelect = (expr: Call, lanes: Lanes, scope: Scope): Code => {
    const [condition, then, otherwise] = expr.args as [Expr, Expr, Expr];
    const sides = [then, otherwise];
    const picked = lanes === 4 ? pickedOf(expr) : null;
    if (picked !== null) return picked.pick(vector(picked.a, scope), vector(picked.b, scope));
    const isUniform = lanesOf(condition, scope) === 1;
    // What both sides need stands before them, where it shares its loops.
    for (const shared of unguardedOf(expr).slice(1)) value(shared, scope);
    const type = typeOf(expr.dtype, lanes);
    const one = (side: Expr, within: Scope): Code =>
      lanes === 4 ? vector(side, within) : value(side, within);
    if (isUniform) {
      const test = value(condition, scope);
      const [yes, no] = [then, otherwise].map((side): Side => {
        const inner = openScope(scope, { guard: true });
        const code = one(side, inner);
        return { code, before: inner.code };
      }) as readonly Side[] as readonly [Side, Side];
      const isShort = [yes, no].every(({ before }) => before.length === 0);
      if (isShort && lanes === 1 && sides.every((side) => safe(side) && isCheap(side)))
        return choose(yes.code, no.code, test);
      return branch(type, test, [yes.before, yes.code], [no.before, no.code]);
    }
    const mask = locals.fresh("v128");
    scope.code.push(set(mask, vector(condition, scope)));
    const [yes, no] = sides.map((side, k) => {
      if (safe(side)) return vector(side, scope);
      const own = k === 0 ? get(mask) : v128.not(get(mask));
      const both = locals.fresh("v128");
      const all = scope.mask === null ? own : v128.and(own, get(scope.mask));
      const inner = openScope(scope, { guard: true, mask: both });
      const code = vector(side, inner);
      scope.code.push(set(both, all), ...inner.code);
      return code;
    });
    if (isZero(then)) return v128.andNot(no!, get(mask));
    return isZero(otherwise) ? v128.and(yes!, get(mask)) : v128.select(yes!, no!, get(mask));
  };

  const emitter: Emitter = {
    locals,
    flat,
    interner,
    lanesOf,
    value,
    vector,
    first,
    size,
    keep,
    vectors,
    begin,
    beginRun,
  };
  const loads = createLoads(emitter);
  return emitter;
};

const isZero = (expr: Expr): boolean => expr.kind === "number" && Object.is(expr.value, 0);

/** Which of two numbers it is, by which is less: one instruction. */
const pickedOf = (
  expr: Call,
): { readonly pick: typeof f32x4.lesser; readonly a: Expr; readonly b: Expr } | null => {
  const [condition, then, otherwise] = expr.args as [Expr, Expr, Expr];
  if (condition.kind !== "call" || condition.fn !== "lt" || expr.dtype !== "f32") return null;
  const [less, more] = condition.args as [Expr, Expr];
  if (then === less && otherwise === more) return { pick: f32x4.lesser, a: more, b: less };
  return then === more && otherwise === less ? { pick: f32x4.greater, a: less, b: more } : null;
};

type Side = { readonly code: Code; readonly before: readonly Code[] };

/** An instruction or two, which cost less than a branch. */
const isCheap = (expr: Expr): boolean =>
  expr.kind === "call"
    ? !["exp", "log", "tanh", "div", "sqrt", "mod", "pow"].includes(expr.fn) &&
      expr.args.every((arg) => arg.kind !== "call" || arg.args.every((a) => a.kind !== "call"))
    : expr.kind !== "reduce";
