// Analysis: which values are the same in every call, because they are made of stored tensors and constants alone.

import { ancestorsOf } from "../../ir/ancestors.ts";
import type { Dim } from "../../ir/dim.ts";
import type { Value } from "../../ir/graph.ts";
import { dimsIn } from "../../ops/to-kernel.ts";
import { wordsOf } from "../step-kinds.ts";

/** Ops that are looked at while a program runs: they stay where their report belongs. */
const watched: ReadonlySet<string> = new Set(["gather", "scatterAdd", "mod", "scan"]);

const isNumber = (size: Dim): boolean => typeof size === "number";

/** Whether the value itself, given operands that never change, does not change either: sizes come with each call. */
const mayStay = ({ def, type }: Value): boolean => {
  if (!type.shape.every(isNumber)) return false;
  if (def.kind === "input") return def.sigil === "@";
  return !watched.has(def.op.name) && Object.values(def.op.attrs).flatMap(dimsIn).every(isNumber);
};

const operandsOf = ({ def }: Value): readonly Value[] =>
  def.kind === "input" ? [] : def.op.operands;

export type IsInvariant = (value: Value) => boolean;

/** Remembers its answers. A stack, not recursion: graphs are thousands of ops deep. */
export const createIsInvariant = (): IsInvariant => {
  const known = new Map<Value, boolean>();
  return (asked) => {
    const stack = [asked];
    for (let value = stack.at(-1); value !== undefined; value = stack.at(-1)) {
      const open = mayStay(value) ? operandsOf(value).filter((one) => !known.has(one)) : [];
      stack.push(...open);
      if (open.length > 0) continue;
      known.set(value, mayStay(value) && operandsOf(value).every((one) => known.get(one) === true));
      stack.pop();
    }
    return known.get(asked)!;
  };
};

/** The stored tensors that a value is computed from. */
export const sourcesOf = (value: Value): readonly Value[] =>
  [...ancestorsOf([value])].filter(({ def }) => def.kind === "input" && def.sigil === "@");

/** Nothing is prepared that takes more than this many times the words of what it is made of. */
const mostGrowth = 2;
/** Of what is made of constants alone, this many words at most. */
const mostOfConstants = 65_536;

/** Whether a value is small enough to be stored beside its sources. */
export const staysSmall = (value: Value): boolean => {
  const sources = sourcesOf(value);
  const most = sources.reduce((sum, source) => sum + mostGrowth * wordsOf(source), 0);
  return wordsOf(value) <= (sources.length === 0 ? mostOfConstants : most);
};
