// Writes expressions: what does not change in a loop goes before it, what is used twice gets a variable,
// reductions over the same axes share one loop, loads under one guard share one branch.

import { CompilerBug } from "../../../grammar/bug.ts";
import type { Expr } from "../../kernel/expr.ts";
import { append } from "../../ir/list-map.ts";
import { axesKey } from "../../lower/axes-key.ts";
import { childrenOf, createUnguarded } from "../../lower/intern.ts";
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

const none: ReadonlySet<string> = new Set();

export const createEmitter = (parts: EmitterParts): Emitter => {
  const { flat, names, variables, stored, language } = parts;
  const freeOf = new Map<Expr, ReadonlySet<string>>();
  const safety = new Map<Expr, boolean>();
  const stays = new Map<Expr, boolean>();
  const unguardedOf = createUnguarded();
  let uses = new Map<Expr, number>();
  let together = new Map<string, Reduction[]>();
  let guards = new Map<Expr, GuardedLoad>();
  let guarded = new Map<Expr, GuardedLoad[]>();
  let unguarded = new Set<Expr>();
  let run = new Map<string, Reduction[]>();
  let heldInRun: (() => void)[] = [];

  const memo = <T>(known: Map<Expr, T>, expr: Expr, find: () => T): T => {
    const found = known.get(expr);
    if (found !== undefined) return found;
    const made = find();
    known.set(expr, made);
    return made;
  };

  /** Axes, lets and offsets that an expression refers to from outside. */
  const free = (expr: Expr): ReadonlySet<string> =>
    memo(freeOf, expr, () => {
      if (expr.kind === "axis" || expr.kind === "local") return new Set([expr.name]);
      const children = childrenOf(expr);
      if (children.length === 0) return none;
      const all = new Set(children.flatMap((child) => [...free(child)]));
      if (expr.kind === "reduce") for (const a of expr.axes) all.delete(a.name);
      // A copy is there from where it is made.
      if (expr.kind === "load" && parts.panels.has(expr.buffer)) all.add(expr.buffer);
      return all;
    });
  /** Whether it may be computed where a guard around it does not hold. A select guards its own branches, a `where` its body. */
  const safe = (expr: Expr): boolean =>
    memo(safety, expr, () => {
      if (expr.kind === "load" && !flat.isInside(expr)) return false;
      return unguardedOf(expr).every(safe);
    });
  /** Whether it reads what this kernel writes, so that its place in the order matters. */
  const pinned = (expr: Expr): boolean =>
    memo(stays, expr, () =>
      expr.kind === "load" && stored.has(expr.buffer) ? true : childrenOf(expr).some(pinned),
    );

  const beginRun = (roots: readonly Expr[]): void => {
    heldInRun.forEach((forget) => forget());
    heldInRun = [];
    run = new Map();
    const seen = new Set<Expr>();
    const visit = (expr: Expr): void => {
      if (seen.has(expr) || !pinned(expr)) return;
      seen.add(expr);
      childrenOf(expr).forEach(visit);
      if (expr.kind === "reduce") append(run, axesKey(expr), expr);
    };
    roots.forEach(visit);
  };

  const begin = (roots: readonly Expr[]): void => {
    beginRun([]);
    uses = new Map();
    together = new Map();
    guards = new Map();
    guarded = new Map();
    unguarded = new Set();
    const markUnguarded = (expr: Expr): void => {
      if (unguarded.has(expr)) return;
      unguarded.add(expr);
      unguardedOf(expr).forEach(markUnguarded);
    };
    roots.forEach(markUnguarded);
    const visit = (expr: Expr): void => {
      const count = uses.get(expr) ?? 0;
      uses.set(expr, count + 1);
      if (count > 0) return;
      childrenOf(expr).forEach(visit);
      const guard = guardedLoad(expr);
      if (guard !== null && !pinned(expr)) {
        guards.set(expr, guard);
        append(guarded, guard.condition, guard);
      }
      if (expr.kind !== "reduce" || pinned(expr)) return;
      const key = axesKey(expr);
      together.set(key, [...(together.get(key) ?? []), expr]);
    };
    roots.forEach(visit);
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
        if ((uses.get(expr) ?? 0) < 2 && home === scope) return compute(expr, scope);
        return hold(expr, compute(expr, home), home);
      }
    }
  };

  /** Whether it can be computed here, has not been, and has no better place. */
  const belongs = (expr: Expr, home: Scope): boolean =>
    (safe(expr) || unguarded.has(expr)) &&
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
    const mates = ((pinned(expr) ? run : together).get(axesKey(expr)) ?? []).filter(
      (other) => other === expr || belongs(other, home),
    );
    emitReductions(emitter, mates.includes(expr) ? mates : [expr], home);
    const name = heldIn(home, expr)!;
    if (pinned(expr)) {
      if (!mates.includes(expr)) home.held.delete(expr);
      for (const mate of mates) heldInRun.push(() => home.held.delete(mate));
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
