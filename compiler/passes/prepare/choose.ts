// Decides which values of an entry that does not train are worth being computed once, before its first call.

import { ancestorsOf } from "../../ir/ancestors.ts";
import { costOfFunction } from "../../costs/target.ts";
import { typescript } from "../../costs/typescript.ts";
import type { Graph, Op, Value } from "../../ir/graph.ts";
import { isElementwise } from "../over-steps.ts";
import { isView } from "../step-kinds.ts";
import { isLayout } from "./lay-out.ts";
import { createIsInvariant, sourcesOf, staysSmall } from "./invariant.ts";

/** A list of more numbers than this is slower to pick from than to load. */
const longList = 8;

/** A function that takes as long as so many loads is worth a place in memory. */
const manyLoads = 5;

const isSlow = ({ name }: Op): boolean =>
  (costOfFunction(name, typescript.costs) ?? 0) > manyLoads * typescript.costs.load;

const isLongList = ({ name, attrs, results }: Op): boolean =>
  name === "constant" &&
  Array.isArray(attrs["value"]) &&
  results[0]!.type.shape.reduce<number>((n, size) => n * Number(size), 1) > longList;

const opsBefore = (value: Value): readonly Op[] =>
  [...ancestorsOf([value])].flatMap(({ def }) => (def.kind === "input" ? [] : [def.op]));

/** Whether a call that loads the value does less than one that computes it. */
const saves = (value: Value): boolean => {
  const ops = opsBefore(value);
  const reduces = ops.some((op) => !isView(op) && !isElementwise(op));
  if (reduces || ops.some((op) => isLongList(op) || isLayout(op))) return true;
  return sourcesOf(value).length === 0 ? ops.some(isSlow) : !ops.every(isView);
};

/** A gather takes few rows of its table, and what is done to each row it does only to those. */
const takesFew = ({ name, operands }: Op, value: Value): boolean =>
  name === "gather" &&
  operands[0] === value &&
  opsBefore(value).every((op) => isElementwise(op) || isView(op));

/** Values to prepare: none is a view of another, and what needs too much memory is made of prepared values again. */
export const chooseValues = (graph: Graph): readonly Value[] => {
  const isInvariant = createIsInvariant();
  const chosen = new Set<Value>();
  const seen = new Set<Value>();
  const want = (value: Value): void => {
    if (value.def.kind === "input" || seen.has(value) || !isInvariant(value)) return;
    seen.add(value);
    const { op } = value.def;
    const isFree = isView(op) && !isLongList(op) && !isLayout(op);
    if (!isFree && staysSmall(value) && saves(value)) chosen.add(value);
    else op.operands.forEach(want);
  };
  for (const op of graph.ops) {
    if (op.results.every(isInvariant)) continue;
    for (const value of op.operands) if (!takesFew(op, value)) want(value);
  }
  graph.outputs.forEach(want);
  return [...chosen];
};
