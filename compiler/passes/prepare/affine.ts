// Chains of sums, products and quotients with weights: what one chain does is `x * scale + shift`.

import type { Op, Value } from "../../ir/graph.ts";
import type { OpName } from "../../ops/index.ts";
import type { Rewriter } from "../rewrite.ts";
import type { Factor } from "../rows/letters.ts";
import type { Weights } from "./weights.ts";

/** Ops that a chain is made of. */
export const links = ["add", "sub", "mul", "div", "neg"] as const satisfies readonly OpName[];
export type Link = (typeof links)[number];

/** What each costs per element, in additions. */
const works: Readonly<Record<Link, number>> = { add: 1, sub: 1, mul: 1, div: 4, neg: 1 };

/** `base * scale + shift`; null for a scale of 1 or a shift of 0. */
export type Affine = {
  readonly base: Value;
  readonly scale: Factor | null;
  readonly shift: Factor | null;
  /** Links of the chain. */
  readonly length: number;
  /** What they cost per element as they are written. */
  readonly work: number;
};

/** The chain that ends in `name(operands)`, up to where something else reads it; null for what is no link. */
export const affineOf = (
  r: Rewriter,
  w: Weights,
  name: Link,
  operands: readonly Value[],
): Affine | null => {
  const [x, y] = operands.map(w.factorOf);
  if (name === "neg") return x === null ? negated(w, insideOf(r, w, operands[0]!)) : null;
  if (x === null && y !== null) return linked(w, name, insideOf(r, w, operands[0]!), y!);
  if (x === null || y !== null || name === "div") return null;
  const inner = insideOf(r, w, operands[1]!);
  if (name !== "sub") return linked(w, name, inner, x!);
  // weight - x = -x + weight
  const { length, work } = linked(w, "sub", inner, x!);
  return { ...linked(w, "add", negated(w, inner), x!), length, work };
};

const insideOf = (r: Rewriter, w: Weights, value: Value): Affine => {
  const op = r.uses(value) > 1 ? null : linkOf(r, value);
  const found = op === null ? null : affineOf(r, w, op.name as Link, op.operands);
  return found ?? { base: value, scale: null, shift: null, length: 0, work: 0 };
};

const linkOf = (r: Rewriter, value: Value): Op | null =>
  links.map((name) => r.opOf(value, name)).find((op) => op !== null) ?? null;

const negated = (w: Weights, inner: Affine): Affine => linked(w, "mul", inner, w.number(-1));

/** The chain with one more link: (x * a + b) + c = x * a + (b + c); (x * a + b) * c = x * (a * c) + b * c. */
const linked = (w: Weights, name: Exclude<Link, "neg">, inner: Affine, by: Factor): Affine => {
  const { scale, shift } = inner;
  const chain = { ...inner, length: inner.length + 1, work: inner.work + works[name] };
  if (name === "add" || name === "sub") {
    const first = name === "add" ? by : w.combine("mul", by, w.number(-1));
    return { ...chain, shift: shift === null ? first : w.combine(name, shift, by) };
  }
  const first = name === "mul" ? by : w.combine("div", w.number(1), by);
  return {
    ...chain,
    scale: scale === null ? first : w.combine(name, scale, by),
    shift: shift === null ? null : w.combine(name, shift, by),
  };
};
