// Writes expressions: what does not change in a loop goes before it, what is used twice gets a variable,
// reductions over the same axes share one loop, loads under one guard share one branch.

import { CompilerBug } from "../../../grammar/bug.ts";
import type { Expr } from "../../kernel/expr.ts";
import { append } from "../../ir/list-map.ts";
import { childrenOf } from "../../lower/intern.ts";
import { createExprFacts } from "./expr-facts.ts";
import type { Flat } from "./flatten.ts";
import type { Names } from "./names.ts";
import { emitReductions } from "./emit-reduce.ts";
import { guardedLoad } from "./guarded-load.ts";
import type { GuardedLoad } from "./guarded-load.ts";
import type { Reduction } from "./emit-reduce.ts";
import type { Language } from "./language.ts";
import { bare } from "./parens.ts";
import { binds, heldIn, openScope, outermost } from "./scope.ts";
import type { Scope } from "./scope.ts";

export type Emitter = {
  /** Text of a value in a block; lines it needs are added to that block or to blocks around it. */
  readonly text: (expr: Expr, scope: Scope) => string;
  readonly language: Language;
  /** Text of an axis, `let` or buffer offset. */
  readonly variable: (name: string) => string;
  /** Starts code that is emitted apart: counts uses and collects reductions that can share a loop. */
  readonly begin: (roots: readonly Expr[]) => void;
  /** Starts neighbouring statements of which none reads what one before it stores: they share reductions over what is stored. */
  readonly beginRun: (roots: readonly Expr[]) => void;
  readonly names: Names;
};

export type EmitterParts = {
  readonly flat: Flat;
  readonly names: Names;
  readonly variables: ReadonlyMap<string, string>;
  readonly language: Language;
  /** Copies that the schedule makes, which do not lie on the heap. */
  readonly panels: Panels;
  /** Buffers that the kernel stores to: their loads stay where they are written. */
  readonly stored: ReadonlySet<string>;
};

/** Where copies begin that do not lie on the heap. */
export type Panels = ReadonlyMap<string, number>;

export const createEmitter = (parts: EmitterParts): Emitter => {
  const { flat, names, variables, stored, language } = parts;
  const facts = createExprFacts(flat, stored, parts.panels);
  const { free, safe, pinned, unguardedOf, usesOf, beginRun } = facts;
  let guards = new Map<Expr, GuardedLoad>();
  let guarded = new Map<Expr, GuardedLoad[]>();

  const begin = (roots: readonly Expr[]): void => {
    guards = new Map();
    guarded = new Map();
    facts.begin(roots, (expr) => {
      const guard = guardedLoad(expr);
      if (guard === null || pinned(expr)) return;
      guards.set(expr, guard);
      append(guarded, guard.condition, guard);
    });
  };

  const variable = (name: string): string => {
    const text = variables.get(name);
    if (text === undefined) throw new CompilerBug(`no variable for ${name}`);
    return text;
  };

  const hintOf = (expr: Expr): string => {
    if (expr.kind === "load") return expr.buffer;
    if (expr.kind !== "call") return "t";
    if (!flat.isAddress(expr)) return expr.dtype === "bool" ? "is" : "t";
    for (let e: Expr | undefined = expr; e !== undefined; e = childrenOf(e)[0])
      if (e.kind === "local") return `${e.name}At`;
    return "at";
  };

  const hold = (expr: Expr, value: string, home: Scope): string => {
    const name = names.numbered(hintOf(expr));
    const text = flat.isAddress(expr) ? language.address(value) : bare(value);
    home.lines.push(language.constant(name, text));
    home.held.set(expr, name);
    return name;
  };

  const homeOf = (expr: Expr, scope: Scope): Scope =>
    pinned(expr) ? scope : outermost(scope, free(expr), safe(expr));

  const text = (expr: Expr, scope: Scope): string => {
    switch (expr.kind) {
      case "number":
        return language.number(expr.dtype, expr.value);
      case "axis":
      case "local":
        return variable(expr.name);
      case "size":
        return language.size(expr.dim);
      default: {
        const held = heldIn(scope, expr);
        if (held !== null) return held;
        const home = homeOf(expr, scope);
        if (expr.kind === "reduce") return emitReduce(expr, home);
        if (pinned(expr) && !scope.pure) return compute(expr, scope);
        const guard = guards.get(expr) ?? null;
        const mates = guard === null ? [] : matesOf(guarded.get(guard.condition) ?? [], home);
        if (mates.length > 1 && mates.includes(guard!)) return emitGuarded(mates, home).get(expr)!;
        if (usesOf(expr) < 2 && home === scope) return compute(expr, scope);
        return hold(expr, compute(expr, home), home);
      }
    }
  };

  /** Whether it can be computed here, has not been, and has no better place. */
  const belongs = (expr: Expr, home: Scope): boolean =>
    (safe(expr) || facts.isUnguarded(expr)) &&
    heldIn(home, expr) === null &&
    binds(home, free(expr)) &&
    homeOf(expr, home) === home;

  const matesOf = (list: readonly GuardedLoad[], home: Scope): readonly GuardedLoad[] =>
    list.filter(({ expr }) => belongs(expr, home));

  /** One branch for all loads under the same condition: a branch costs as much as several loads. */
  const emitGuarded = (mates: readonly GuardedLoad[], home: Scope): ReadonlyMap<Expr, string> => {
    const condition = bare(text(mates[0]!.condition, home));
    const inner = openScope(home, [], true);
    const rows = mates.map(({ expr, load, otherwise }) => ({
      expr,
      name: names.numbered(hintOf(expr)),
      start: text(otherwise, home),
      value: text(load, inner),
    }));
    home.lines.push(
      ...rows.map(({ expr, name, start }) => language.variable(name, expr.dtype, start)),
    );
    home.lines.push(`if (${condition}) {`, ...inner.lines);
    home.lines.push(...rows.map(({ name, value }) => `${name} = ${bare(value)};`), "}");
    for (const { expr, name } of rows) home.held.set(expr, name);
    return home.held;
  };

  const emitReduce = (expr: Reduction, home: Scope): string => {
    const mates = facts.alike(expr).filter((other) => other === expr || belongs(other, home));
    emitReductions(emitter, mates.includes(expr) ? mates : [expr], home);
    const name = heldIn(home, expr)!;
    if (pinned(expr)) {
      if (!mates.includes(expr)) home.held.delete(expr);
      for (const mate of mates) facts.atEndOfRun(() => home.held.delete(mate));
    }
    return name;
  };

  const compute = (
    expr: Exclude<Expr, { kind: "number" | "axis" | "local" | "size" | "reduce" }>,
    scope: Scope,
  ): string => {
    if (expr.kind === "load") {
      const places = expr.index.map(flat.placeOf);
      const address = places.map(({ at }) => language.address(text(at, scope))).join(", ");
      return language.load(expr.buffer, address, places[0]!.view);
    }
    if (expr.fn === "select") return emitSelect(expr.args, expr, scope);
    const args = expr.args.map((arg) => text(arg, scope));
    return language.call(expr, args, flat.isAddress(expr));
  };

  /** A conditional expression; where a branch needs lines of its own, an `if` that sets a variable. */
  const emitSelect = (args: readonly Expr[], expr: Expr, scope: Scope): string => {
    const condition = text(args[0]!, scope);
    // What both branches need stands before them, where it shares its loops.
    for (const shared of unguardedOf(expr).slice(1)) text(shared, scope);
    const branches = [args[1]!, args[2]!].map((branch) => {
      const inner = openScope(scope, [], true);
      return { value: text(branch, inner), lines: inner.lines };
    });
    const [yes, no] = branches as [(typeof branches)[0], (typeof branches)[0]];
    const isShort = yes.lines.length === 0 && no.lines.length === 0;
    if (isShort && (!language.evaluatesBoth || (safe(args[1]!) && safe(args[2]!))))
      return language.choice(condition, yes.value, no.value);
    const name = names.numbered(hintOf(expr));
    scope.lines.push(
      language.variable(name, expr.dtype, null),
      `if (${bare(condition)}) {`,
      ...yes.lines,
      `${name} = ${yes.value};`,
    );
    scope.lines.push(`} else {`, ...no.lines, `${name} = ${bare(no.value)};`, `}`);
    return name;
  };

  const emitter: Emitter = { text, language, variable, begin, beginRun, names };
  return emitter;
};
