// Which loops and reductions take four elements at a time: those where that costs less, by what is side by side in memory.

import type { Expr } from "../../kernel/expr.ts";
import type { AxisRole } from "../../kernel/kernel.ts";
import { childrenOf, endsOf } from "../../lower/intern.ts";
import type { Interner } from "../../lower/intern.ts";
import { linearOf } from "../../lower/linear.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { wordBytes } from "./loads.ts";
import { estimate } from "./estimate.ts";

/** In instructions. */
const gather = 9;
export const costs: Readonly<Record<string, number>> = {
  exp: 30,
  expm1: 35,
  log: 35,
  log1p: 40,
  sin: 40,
  cos: 40,
  atan: 30,
  erf: 35,
  tanh: 35,
  sigmoid: 30,
  pow: 120,
  normal: 160,
  uniform: 100,
  div: 4,
  sqrt: 4,
};
/** What lanes have no instruction for. */
const apart = 40;
/** The part of the cost that has to be saved. */
const least = 0.1;

const isIndependent = (role: AxisRole): boolean => role === "spatial" || role === "unroll";

type Names = ReadonlySet<string>;

export type Vectors = {
  readonly loops: ReadonlySet<FlatStmt>;
  /** Axes that reductions run over last. */
  readonly sums: Names;
};

/** `special`: loops that have code of their own; none around them is taken by fours. */
export const chooseVectors = (
  stmts: readonly FlatStmt[],
  interner: Interner,
  special: Pick<ReadonlyMap<FlatStmt, unknown>, "has"> = new Map(),
): Vectors => {
  const loops = new Set<FlatStmt>();
  const sums = new Set<string>();

  /** Whether it differs among the lanes of `axis`. */
  const differs = (expr: Expr, names: Names): boolean => {
    const seen = new Set<Expr>();
    const visit = (e: Expr): boolean => {
      if (seen.has(e)) return false;
      seen.add(e);
      if (e.kind === "axis" || e.kind === "local") return names.has(e.name);
      return childrenOf(e).some(visit);
    };
    return names.size > 0 && visit(expr);
  };

  const isSideBySide = (address: Expr, names: Names, axis: string): boolean => {
    const { terms } = linearOf(address, interner);
    const moving = terms.filter(({ atom }) => differs(atom, names));
    const [term] = moving;
    return (
      moving.length === 1 &&
      term!.atom.kind === "axis" &&
      term!.atom.name === axis &&
      term!.coefficient === wordBytes
    );
  };

  /** Of all that is computed for one round, or for four of `axis`. Null where that cannot be. */
  const costOfExprs = (
    roots: readonly Expr[],
    names: Names,
    axis: string | null,
  ): number | null => {
    const seen = new Set<Expr>();
    let sum = 0;
    let legal = true;
    const visit = (e: Expr): void => {
      if (seen.has(e)) return;
      seen.add(e);
      const isVector = axis !== null && differs(e, names);
      switch (e.kind) {
        case "load": {
          const [address] = e.index as [Expr];
          sum += !isVector || isSideBySide(address, names, axis) ? 1 : gather;
          linearOf(address, interner).terms.forEach(({ atom }) => visit(atom));
          return;
        }
        case "call": {
          const isWhole = e.args[0]!.dtype !== "f32" && (e.fn === "div" || e.fn === "mod");
          const lanes = (isWhole || e.fn === "mod") && isVector ? apart : 0;
          sum += lanes + (costs[e.fn] ?? 1);
          e.args.forEach(visit);
          return;
        }
        case "reduce": {
          if (axis !== null && e.axes.some((a) => endsOf(a.range).some((x) => differs(x, names)))) {
            legal = false;
            return;
          }
          const rounds = e.axes.reduce((n, a) => n * estimate(a.extent), 1);
          const body = [e.body, ...(e.where === null ? [] : [e.where])];
          const one = costOfExprs(body, names, axis);
          if (one === null) {
            legal = false;
            return;
          }
          const last = e.axes.at(-1)!;
          const inner = estimate(last.extent);
          const four =
            axis === null && e.op !== "argmax" && inner >= 4
              ? costOfExprs(body, new Set([last.name]), last.name)
              : null;
          const step = e.op === "argmax" ? 4 : 2;
          const plain = rounds * (one + step);
          if (four !== null) {
            const outer = rounds / Math.max(1, inner);
            const byFours =
              outer * (Math.floor(inner / 4) * (four + step) + (inner % 4) * (one + step) + 6);
            if (byFours < (1 - least) * plain) {
              sums.add(last.name);
              sum += byFours;
              return;
            }
          }
          sum += plain;
          return;
        }
        default:
      }
    };
    roots.forEach(visit);
    return legal ? sum : null;
  };

  const costOf = (list: readonly FlatStmt[], known: Names, axis: string | null): number | null => {
    let names = known;
    let sum = 0;
    for (const s of list) {
      const cost = ((): number | null => {
        switch (s.kind) {
          case "row":
            return axis === null ? 0 : null;
          case "let": {
            const one = costOfExprs([s.value], names, axis);
            if (differs(s.value, names)) names = new Set([...names, s.name]);
            return one;
          }
          case "next":
            return costOfExprs(
              s.values.map((v) => v.value),
              names,
              axis,
            );
          case "store": {
            const one = costOfExprs([s.value], names, axis);
            if (one === null) return null;
            if (axis === null) return one + 1;
            if (!differs(s.address, names)) return null;
            return one + (isSideBySide(s.address, names, axis) ? 1 : gather);
          }
          case "if": {
            if (axis !== null && differs(s.condition, names)) return null;
            const inner = costOf(s.body, names, axis);
            const test = costOfExprs([s.condition], names, axis);
            return inner === null || test === null ? null : inner + test;
          }
          case "for":
            if (special.has(s)) return axis === null ? 0 : null;
            return costOfLoop(s, names, axis);
        }
      })();
      if (cost === null) return null;
      sum += cost;
    }
    return sum;
  };

  const costOfLoop = (
    s: Extract<FlatStmt, { kind: "for" }>,
    names: Names,
    axis: string | null,
  ): number | null => {
    const rounds = estimate(s.axis.extent);
    if (axis !== null && endsOf(s.axis.range).some((e) => differs(e, names))) return null;
    const carried = s.carries.map((c) => c.name);
    const inner = axis === null ? names : new Set([...names, ...carried]);
    const one = costOf(s.body, inner, axis);
    if (one === null) return null;
    const plain = rounds * (one + 2);
    if (axis !== null || s.carries.length > 0 || !isIndependent(s.role) || rounds < 4) return plain;
    const four = costOf(s.body, new Set([s.axis.name]), s.axis.name);
    if (four === null) return plain;
    const byFours = Math.floor(rounds / 4) * (four + 2) + (rounds % 4) * (one + 2);
    if (byFours >= (1 - least) * plain) return plain;
    loops.add(s);
    return byFours;
  };

  costOf(stmts, new Set(), null);
  return { loops, sums };
};
