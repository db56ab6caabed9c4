// Operands in memory that are read along the depth of a sum: where they begin, and how far each step is.

import type { Dim } from "../../ir/dim.ts";
import { mul } from "../../ir/dim.ts";
import { call, size } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { childrenOf } from "../../lower/intern.ts";
import type { Interner } from "../../lower/intern.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { linearOf } from "../../lower/linear.ts";

/** An operand in memory whose address is a sum over the depth, and of what does not depend on that. */
export type Stream = {
  /** The address at the beginning of the depth. */
  readonly start: Expr;
  /** Bytes from one element of each depth axis to the next. */
  readonly steps: readonly Dim[];
  /** Bytes from one row, or column, to the next; null where that hangs on more. */
  readonly apart: Dim | null;
};

/** So many bytes from one to the next. */
export type FixedStream = Stream & { readonly apart: number };

/** The same from one to the next. */
export type EvenStream = Stream & { readonly apart: Dim };

export const isEven = (stream: Stream | null): stream is EvenStream =>
  isFixed(stream) || (stream !== null && stream.apart !== null && typeof stream.apart !== "number");

export const isFixed = (stream: Stream | null): stream is FixedStream =>
  typeof stream?.apart === "number" && stream.apart >= 0;

/** Bytes along each axis of a copy that has the depth in order, with so many for each step. */
export const stepsOver = (depth: readonly GridAxis[], bytes: Dim): readonly Dim[] =>
  depth.map((_, k) => mul(bytes, totalOf(depth.slice(k + 1))));

/** Of a load that is safe wherever it is asked for. */
export const streamOf = (
  value: Expr,
  inDepth: ReadonlySet<string>,
  depth: readonly GridAxis[],
  side: GridAxis,
  interner: Interner,
): Stream | null => {
  if (value.kind !== "load" || value.dtype !== "f32") return null;
  const [address] = value.index as [Expr];
  const { constant, terms } = linearOf(address, interner);
  const reaches = (e: Expr, names: ReadonlySet<string>): boolean =>
    e.kind === "axis" || e.kind === "local"
      ? names.has(e.name)
      : childrenOf(e).some((child) => reaches(child, names));
  const isDepth = (e: Expr): boolean => e.kind === "axis" && inDepth.has(e.name);
  if (terms.some(({ atom }) => !isDepth(atom) && reaches(atom, inDepth))) return null;
  const own = new Set([side.name]);
  const mixed = terms.some(
    ({ atom }) => !(atom.kind === "axis" && atom.name === side.name) && reaches(atom, own),
  );
  const coefficientOf = (name: string): Dim =>
    terms.find(({ atom }) => atom.kind === "axis" && atom.name === name)?.coefficient ?? 0;
  const rest = { constant, terms: terms.filter(({ atom }) => !isDepth(atom)) };
  return {
    start: sumOf(rest, interner),
    steps: depth.map(({ name }) => coefficientOf(name)),
    apart: mixed ? null : coefficientOf(side.name),
  };
};

const sumOf = ({ constant, terms }: ReturnType<typeof linearOf>, interner: Interner): Expr => {
  const parts = [
    ...terms.map(({ atom, coefficient }) =>
      coefficient === 1 ? atom : call("mul", atom, size(coefficient)),
    ),
    ...(constant === 0 ? [] : [size(constant)]),
  ];
  const whole = parts.length === 0 ? size(0) : parts.reduce((a, b) => call("add", a, b));
  return interner.intern(whole);
};
