// Steps through a graph: to what a value is made of, past ops that only move or mask elements.

import type { Op, Value } from "../ir/graph.ts";
import type { OpName } from "../ops/index.ts";
import { isElementwise } from "../passes/over-steps.ts";
import { isFreeView } from "../passes/step-kinds.ts";
import type { Uses } from "./finding.ts";

/** The op that makes a value, if it has one of these names. */
export const madeBy = (value: Value, ...names: readonly OpName[]): Op | null =>
  value.def.kind === "result" && names.some((name) => name === nameOf(value)) ? value.def.op : null;

const nameOf = ({ def }: Value): string => (def.kind === "result" ? def.op.name : def.name);

/** What a value is another arrangement of. */
export const withoutViews = (value: Value): Value => {
  const { def } = value;
  return def.kind === "result" && isFreeView(def.op) ? withoutViews(def.op.operands[0]!) : value;
};

/** How many ops are passed on the way between two parts of a pattern. */
const farthest = 16;

/** The nearest op that `accept` takes among those that a value is made of, element by element. */
export const findBack = (value: Value, accept: (op: Op) => boolean): Op | null => {
  let wave: readonly Value[] = [value];
  for (let step = 0; step < farthest && wave.length > 0; step++) {
    const ops = wave.flatMap(({ def }) => (def.kind === "result" ? [def.op] : []));
    const found = ops.find(accept);
    if (found !== undefined) return found;
    wave = [...new Set(ops.filter(isPassed).flatMap((op) => op.operands))];
  }
  return null;
};

/** The nearest op that `accept` takes among those that what is made of a value goes into. */
export const findAhead = (
  value: Value,
  { usersOf }: Uses,
  accept: (op: Op, from: Value) => boolean,
): Op | null => {
  let wave: readonly Value[] = [value];
  for (let step = 0; step < farthest && wave.length > 0; step++) {
    const next: Value[] = [];
    for (const from of wave)
      for (const op of usersOf(from)) {
        if (accept(op, from)) return op;
        if (isPassed(op)) next.push(...op.results);
      }
    wave = [...new Set(next)];
  }
  return null;
};

const isPassed = (op: Op): boolean => isFreeView(op) || isElementwise(op);
