// Follows the scores of attention through a graph: which axes of what is made of them are those of queries and of keys.

import type { Op, Value } from "../../ir/graph.ts";
import { equalShapes } from "../../ir/type.ts";
import { numbersAttr, textAttr } from "../../ops/attrs.ts";
import { batchLetters, leftLetters, parseSpec, rightLetters } from "../../ops/contract-spec.ts";
import { isElementwise } from "../../passes/over-steps.ts";
import type { Uses } from "../../recognise/finding.ts";
import { longShape } from "../long-axes.ts";

/** Whose rows a value has: one for each query, over the keys, or one for each key, over the queries. */
export type Side = "queries" | "keys";

export type Labelled = {
  /**
   * `score`: something for each query and key. `number`: something of a row. `sum`: a product of the scores of a row
   * with what there is for each of its columns.
   */
  readonly kind: "score" | "number" | "sum";
  /** Letters of the axes, as in the product of scores; null for one of size 1, and for those of a sum that no score has. */
  readonly letters: readonly (string | null)[];
  /** Of numbers and sums. */
  readonly side: Side | null;
};

export type Labels = {
  readonly values: ReadonlyMap<Value, Labelled>;
  /** Letters of the rows on each side, outer ones first. */
  readonly rows: { readonly [S in Side]: readonly string[] };
};

type Letters = Labelled["letters"];

/** Labels of all that is made of the product `scores`, or why it cannot be made row by row. */
export const labelScores = (
  scores: Op,
  uses: Uses,
  orderOf: ReadonlyMap<Op, number>,
): Labels | string => {
  const spec = parseSpec(textAttr(scores.attrs, "spec"));
  const { shape } = scores.results[0]!.type;
  const isLong = (letter: string): boolean => shape[spec.out.indexOf(letter)] !== 1;
  const [batch, queries, keys] = [batchLetters, leftLetters, rightLetters].map((of) =>
    of(spec).filter(isLong),
  );
  const values = new Map<Value, Labelled>();
  /** What is the same along axes that are not known yet. */
  const spread = new Map<Value, Letters>();
  values.set(scores.results[0]!, {
    kind: "score",
    letters: [...spec.out].map((letter) => (isLong(letter) ? letter : null)),
    side: null,
  });
  for (const op of opsAhead(scores, uses, orderOf)) {
    const why = labelResult(op, values, spread, { queries: queries!, keys: keys! });
    if (why !== null) return why;
  }
  for (const [value, { kind }] of [...values].toReversed()) {
    const why = kind === "score" ? labelOperands(value, values) : null;
    if (why !== null) return why;
  }
  return { values, rows: { queries: [...batch!, ...queries!], keys: [...batch!, ...keys!] } };
};

/** Ops that what is made of scores goes through or ends in, in the order of the graph. */
const opsAhead = (
  scores: Op,
  { usersOf }: Uses,
  orderOf: ReadonlyMap<Op, number>,
): readonly Op[] => {
  const seen = new Set<Op>();
  const stack = [...usersOf(scores.results[0]!)];
  for (let op = stack.pop(); op !== undefined; op = stack.pop()) {
    if (seen.has(op)) continue;
    seen.add(op);
    if (passesOn(op)) stack.push(...op.results.flatMap(usersOf));
  }
  return [...seen].toSorted((a, b) => orderOf.get(a)! - orderOf.get(b)!);
};

const reductions: ReadonlySet<string> = new Set(["reduceSum", "reduceMax", "reduceProd"]);

const passesOn = (op: Op): boolean => isElementwise(op) || reductions.has(op.name) || isMove(op);

const isMove = (op: Op): boolean =>
  op.name === "transpose" || op.name === "broadcast" || movesOnlyUnits(op);

/** Whether an op only adds or drops axes of size 1. */
const movesOnlyUnits = ({ name, operands, results }: Op): boolean =>
  name === "reshape" && equalShapes(longShape(operands[0]!), longShape(results[0]!));

/** Adds the label of an op's result; a sentence where what reads scores has none. */
const labelResult = (
  op: Op,
  values: Map<Value, Labelled>,
  spread: Map<Value, Letters>,
  ends: { readonly [S in Side]: readonly string[] },
): string | null => {
  const result = op.results[0]!;
  const known = op.operands.flatMap((value) => values.get(value) ?? []);
  const inner = known.filter(({ kind }) => kind !== "sum");
  const wide = op.operands.flatMap((value): readonly Letters[] => {
    const letters = spread.get(value);
    return letters === undefined ? [] : [letters];
  });
  const [first] = inner;
  if (isElementwise(op)) {
    if (first === undefined && wide.length === 0) return null;
    const letters = unify([...inner.map((one) => one.letters), ...wide]);
    if (letters === null) return mixedUp(op);
    if (first === undefined) spread.set(result, letters);
    else values.set(result, { ...first, letters });
    return null;
  }
  if (isMove(op)) {
    const letters = first?.letters ?? wide[0];
    if (letters === undefined) return null;
    if (op.name === "broadcast" && first?.kind === "score") return "its scores are repeated";
    const moved = movedBy(op, letters);
    if (first === undefined || op.name === "broadcast") spread.set(result, moved);
    else values.set(result, { ...first, letters: moved });
    return null;
  }
  if (first?.kind !== "score")
    return wide.length === 0 ? null : `${op.name} reads numbers of its rows for every score`;
  const left = lettersLeft(op, values);
  if (left === null) return `${op.name} reads its scores`;
  const gone = first.letters.filter((letter) => letter !== null && !left.includes(letter));
  const side = gone.every((letter) => ends.keys.includes(letter!)) ? "queries" : "keys";
  const whole = side === "queries" ? ends.keys : ends.queries;
  const isWhole = gone.length === whole.length && gone.every((letter) => whole.includes(letter!));
  if (!isWhole) return `${op.name} mixes its rows`;
  values.set(result, { kind: op.name === "contract" ? "sum" : "number", letters: left, side });
  return null;
};

const mixedUp = (op: Op): string => `${op.name} brings its axes together in another order`;

/** Letters after an op that moves elements. */
const movedBy = (op: Op, letters: Letters): Letters => {
  if (op.name === "reshape") return betweenUnits(op.operands[0]!, op.results[0]!, letters);
  if (op.name === "transpose") return numbersAttr(op.attrs, "perm").map((axis) => letters[axis]!);
  const made = [...letters];
  for (const axis of numbersAttr(op.attrs, "axes")) made.splice(axis, 0, null);
  return made;
};

/** Letters of the long axes of one value at those of another. */
const betweenUnits = (from: Value, to: Value, letters: Letters): Letters => {
  const long = letters.filter((_, axis) => from.type.shape[axis] !== 1);
  return to.type.shape.map((dim) => (dim === 1 ? null : long.shift()!));
};

/** One letter per axis from lists in which some are not known; null where two differ. */
const unify = (lists: readonly Letters[]): Letters | null => {
  const [first, ...rest] = lists;
  if (first === undefined) return null;
  const made = first.map(
    (letter, k) => letter ?? rest.find((list) => list[k] !== null)?.[k] ?? null,
  );
  const agree = rest.every((list) => list.every((l, k) => l === null || l === made[k]));
  return agree ? made : null;
};

/** Letters of the axes of a reduction or product of scores that are those of scores; null where there is no such form. */
const lettersLeft = (op: Op, values: ReadonlyMap<Value, Labelled>): Letters | null => {
  const at = op.operands.findIndex((value) => values.has(value));
  const { letters } = values.get(op.operands[at]!)!;
  if (reductions.has(op.name)) {
    const axes = numbersAttr(op.attrs, "axes");
    return letters.filter((_, axis) => !axes.includes(axis));
  }
  if (op.name !== "contract" || values.has(op.operands[1 - at]!)) return null;
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const own = at === 0 ? spec.a : spec.b;
  return [...spec.out].map((letter) =>
    own.includes(letter) ? letters[own.indexOf(letter)]! : null,
  );
};

/** Labels what scores are made of besides scores: other products, and what is the same for many of them. */
const labelOperands = (value: Value, values: Map<Value, Labelled>): string | null => {
  if (value.def.kind === "input") return null;
  const { op } = value.def;
  const { letters } = values.get(value)!;
  const own = lettersBefore(op, letters);
  if (own === null) return null;
  for (const operand of op.operands) {
    const known = values.get(operand);
    if (known?.kind === "score") {
      if (unify([known.letters, own]) === null) return mixedUp(op);
      continue;
    }
    if (known !== undefined || operand.def.kind === "input") continue;
    if (!isMadeAgain(operand.def.op)) continue;
    values.set(operand, { kind: "score", letters: own, side: null });
    const why = labelOperands(operand, values);
    if (why !== null) return why;
  }
  return null;
};

/** Letters of the operands of an op between scores; null for one that has none. */
const lettersBefore = (op: Op, letters: Letters): Letters | null => {
  if (isElementwise(op)) return letters;
  if (movesOnlyUnits(op)) return betweenUnits(op.results[0]!, op.operands[0]!, letters);
  if (op.name !== "transpose") return null;
  const perm = numbersAttr(op.attrs, "perm");
  return letters.map((_, axis) => letters[perm.indexOf(axis)]!);
};

/** Whether what is not made of scores is computed for each of them again rather than stored. */
const isMadeAgain = (op: Op): boolean =>
  isElementwise(op) ||
  movesOnlyUnits(op) ||
  ["contract", "transpose", "broadcast", "iota", "constant", "random"].includes(op.name);
