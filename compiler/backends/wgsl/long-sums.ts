// The long sums of a launch: which there are, which can be made together, and what stands for those that are made.

import type { Dim } from "../../ir/dim.ts";
import { local } from "../../kernel/build.ts";
import type { Expr, ReduceAxis } from "../../kernel/expr.ts";
import type { Stmt } from "../../kernel/kernel.ts";
import { createFreeAxes } from "../../lower/access.ts";
import { axesKey } from "../../lower/axes-key.ts";
import { createInterner, createUnguarded } from "../../lower/intern.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { loadsAny, mapStmts, storesIn, visitExprs } from "../../lower/statements.ts";
import type { Sum } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import { estimate } from "./tiles.ts";

const hints = { add: "sum", mul: "product", max: "max", min: "min", argmax: "best" } as const;

/** A sum, a maximum or the position of one, and the local that stands for it once it is made. */
export type NamedSum = { readonly name: string; readonly sum: Sum };

/** Of fewer elements each lane makes the sum by itself. */
const fewest = 16;

export const countOf = (axes: readonly { readonly extent: Dim }[]): number =>
  estimate(totalOf(axes));

const isLong = (e: Expr): e is Sum => e.kind === "reduce" && countOf(e.axes) >= fewest;

/** Free axes of expressions, those of the lets that they mention among them. */
const createAxesOf = (body: readonly Stmt[]): AxesOf => {
  const freeAxes = createFreeAxes();
  const ofLets = new Map<string, ReadonlySet<string>>();
  const axesOf = (e: Expr): ReadonlySet<string> => {
    const found = new Set(freeAxes(e));
    for (const name of localsIn(e)) ofLets.get(name)?.forEach((axis) => found.add(axis));
    return found;
  };
  for (const s of body) if (s.kind === "let") ofLets.set(s.name, axesOf(s.value));
  return { axesOf, ofLets };
};
type AxesOf = {
  readonly axesOf: (e: Expr) => ReadonlySet<string>;
  readonly ofLets: ReadonlyMap<string, ReadonlySet<string>>;
};

export const localsIn = (e: Expr): ReadonlySet<string> => {
  const found = new Set<string>();
  visitExprs([{ kind: "let", name: "e", value: e }], (part) => {
    if (part.kind === "local") found.add(part.name);
  });
  return found;
};

/** Axes that the long sums of lets and stores depend on, null where there are none, and those that each let does. */
export const axesOfSums = (
  body: readonly Stmt[],
): { readonly ofSums: ReadonlySet<string> | null } & Pick<AxesOf, "ofLets"> => {
  const { axesOf, ofLets } = createAxesOf(body);
  const sums: Sum[] = [];
  visitExprs(body, (e) => {
    if (isLong(e)) sums.push(e);
  });
  const ofSums = sums.length === 0 ? null : new Set(sums.flatMap((e) => [...axesOf(e)]));
  return { ofSums, ofLets };
};

export type LongSums = {
  /** Axes and locals that have one value for all lanes from here on. */
  readonly bind: (names: readonly string[]) => void;
  /** Does something where more axes have values; what it binds and makes is not known afterwards. */
  readonly within: <T>(axes: readonly string[], work: () => T) => T;
  /**
   * Makes what `own` is sure to need, what stands inside of another sum first. Each group runs over the same axes, with
   * what `next` needs over them.
   */
  readonly make: (own: readonly Stmt[], next: readonly Stmt[]) => readonly (readonly NamedSum[])[];
  /** Whether statements need sums that can be made where such axes have values. */
  readonly hasAny: (body: readonly Stmt[], axes: readonly ReduceAxis[]) => boolean;
  /** With what stands for the sums that are made. */
  readonly replaced: (stmts: readonly Stmt[]) => readonly Stmt[];
  /** Sums of what statements store to are no longer what they were. */
  readonly forget: (stmts: readonly Stmt[]) => void;
};

export const createSums = (): LongSums => {
  const interner = createInterner();
  const unguardedOf = createUnguarded();
  const freeAxes = createFreeAxes();
  const common = new Set<string>();
  /** By the sum, in which others that are made are replaced. */
  const made = new Map<Expr, Expr>();
  let count = 0;

  const replace = (e: Expr): Expr => {
    const rebuild = createRebuild((part) => made.get(interner.intern(part)) ?? null);
    return interner.intern(rebuild(interner.intern(e)));
  };

  const isCommon = (e: Expr, more: ReadonlySet<string>): boolean =>
    [...freeAxes(e), ...localsIn(e)].every((name) => common.has(name) || more.has(name));

  const sumsIn = (
    stmts: readonly Stmt[],
    more: ReadonlySet<string> = new Set(),
  ): readonly Sum[] => {
    const found: Sum[] = [];
    const seen = new Set<Expr>();
    const visit = (e: Expr): void => {
      if (seen.has(e)) return;
      seen.add(e);
      unguardedOf(e).forEach(visit);
      if (isLong(e) && isCommon(e, more)) found.push(e);
    };
    for (const s of stmts) {
      if (s.kind === "let") visit(replace(s.value));
      if (s.kind === "store") [...s.index, s.value].forEach((e) => visit(replace(e)));
    }
    return found;
  };

  const withMates = (
    first: Sum,
    own: readonly Stmt[],
    next: readonly Stmt[],
  ): readonly NamedSum[] => {
    const key = axesKey(first);
    const end = next.findIndex(({ kind }) => kind !== "let" && kind !== "store");
    const written = new Set<string>();
    const mates = new Set([first]);
    for (const s of [...own, ...(end < 0 ? next : next.slice(0, end))]) {
      for (const sum of sumsIn([s]))
        if (axesKey(sum) === key && !loadsAny(sum, written)) mates.add(sum);
      for (const { buffer } of storesIn([s])) written.add(buffer);
    }
    return [...mates].map((sum) => ({ name: `${count++}.${hints[sum.op]}`, sum }));
  };

  const bind = (names: readonly string[]): void => names.forEach((name) => common.add(name));

  return {
    bind,
    within: (axes, work) => {
      const [outside, before] = [new Set(common), new Set(made.keys())];
      bind(axes);
      const result = work();
      for (const name of common) if (!outside.has(name)) common.delete(name);
      for (const sum of made.keys()) if (!before.has(sum)) made.delete(sum);
      return result;
    },
    make: (own, next) => {
      const groups: (readonly NamedSum[])[] = [];
      for (let [first] = sumsIn(own); first !== undefined; [first] = sumsIn(own)) {
        const group = withMates(first, own, next);
        for (const { name, sum } of group) {
          made.set(sum, interner.intern(local(name, sum.dtype)));
          common.add(name);
        }
        groups.push(group);
      }
      return groups;
    },
    hasAny: (body, axes) => {
      const lets = body.flatMap((s) => (s.kind === "let" ? [s.name] : []));
      return sumsIn(body, new Set([...axes.map(({ name }) => name), ...lets])).length > 0;
    },
    replaced: (stmts) => mapStmts(stmts, replace),
    forget: (stmts) => {
      const written = new Set(storesIn(stmts).map(({ buffer }) => buffer));
      for (const sum of made.keys()) if (loadsAny(sum, written)) made.delete(sum);
    },
  };
};
