// `require T == S` into a frame in which the two sizes are one: every later statement sees S for T.

import type { Expr } from "../../grammar/ast.ts";
import { equalDims, substitute, symbolsOf } from "../ir/dim.ts";
import type { Dim } from "../ir/dim.ts";
import type { Context, Frame } from "./context.ts";
import { find, visibleNames } from "./scope.ts";
import type { Binding, Scope } from "./scope.ts";
import type { Item } from "./value.ts";

/** The frame after a requirement that is checked when sizes are bound; the same frame where it equates nothing. */
export const equate = (ctx: Context, frame: Frame, condition: Expr): Frame => {
  if (condition.kind !== "binary") return frame;
  if (condition.op === "and")
    return equate(ctx, equate(ctx, frame, condition.left), condition.right);
  if (condition.op !== "==") return frame;
  const [a, b] = [condition.left, condition.right].map((side) => ctx.evaluate(side, frame));
  if (a?.kind !== "size" || b?.kind !== "size" || equalDims(a.dim, b.dim)) return frame;
  const known = solve(a.dim, b.dim) ?? solve(b.dim, a.dim);
  return known === null ? frame : { ...frame, scope: substituted(ctx, frame.scope, known) };
};

type Known = ReadonlyMap<string, Dim>;

/** `T = S` where the left side is one symbol that the right side is free of. */
const solve = (left: Dim, right: Dim): Known | null => {
  const [name, ...others] = symbolsOf(left);
  if (name === undefined || others.length > 0 || typeof left === "number") return null;
  return left.key === name && !symbolsOf(right).includes(name) ? new Map([[name, right]]) : null;
};

const substituted = (ctx: Context, outer: Scope, known: Known): Scope => {
  const bindings = new Map<string, Binding>();
  return {
    parent: outer.parent,
    lookup: (name) => {
      const before = bindings.get(name);
      if (before !== undefined) return before;
      const found = find(outer, name);
      if (found === null) return null;
      const binding = { ...found, item: substituteItem(ctx, found.item, known) };
      bindings.set(name, binding);
      return binding;
    },
    names: () => visibleNames(outer),
  };
};

const substituteItem = (ctx: Context, item: Item, known: Known): Item => {
  switch (item.kind) {
    case "size":
      return { ...item, dim: substitute(item.dim, known) };
    case "list":
    case "tuple":
      return { ...item, items: item.items.map((each) => substituteItem(ctx, each, known)) };
    case "tensor": {
      const { shape } = item.value.type;
      const count = shape.map((dim) => substitute(dim, known));
      if (count.every((dim, axis) => equalDims(dim, shape[axis]!))) return item;
      // All of it, as the check on the sizes has made sure.
      const attrs = { start: shape.map(() => 0), count, step: shape.map(() => 1) };
      return { ...item, value: ctx.builder.op("slice", [item.value], attrs) };
    }
    default:
      return item;
  }
};
