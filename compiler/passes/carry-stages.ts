// Orders the carries of a scan by need: which can run in a loop of their own, before those that read them.

import { leastWork } from "../costs/limits.ts";
import { ancestorsOf } from "../ir/ancestors.ts";
import { product } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { textAttr } from "../ops/attrs.ts";
import { contractedLetters, parseSpec } from "../ops/contract-spec.ts";
import type { ScanAttrs } from "../ops/scan.ts";
import { estimateDim, wordsOf } from "./step-kinds.ts";

export type CarryStages = {
  readonly count: number;
  /** The stage in which a value of the body is known, of carries their own; -1 for what needs no carry. */
  readonly stageOf: (value: Value) => number;
  /** As `stageOf`, if every loop were cut that can be. */
  readonly levelOf: (value: Value) => number;
  /** One line per place where a loop could be cut. */
  readonly notes: readonly string[];
};

/** `least`: multiplications in a step that are worth a loop. */
export const carryStages = (
  { body, carries }: ScanAttrs,
  least: number = leastWork.stage,
): CarryStages => {
  const carryIn = body.inputs.slice(0, carries);
  const before = body.outputs.slice(0, carries).map((value) => ancestorsOf([value]));
  const needs = closure(
    before.map((set) => carryIn.flatMap((value, i) => (set.has(value) ? [i] : []))),
  );
  // Those that need each other need the same; what needs more comes later.
  const keys = needs.map((set) => [...set].sort((x, y) => x - y).join());
  const sizeOf = new Map(keys.map((key, i) => [key, needs[i]!.size]));
  const components = [...sizeOf.keys()].sort((x, y) => sizeOf.get(x)! - sizeOf.get(y)!);
  const componentOf = keys.map((key) => components.indexOf(key));

  const levels = new Map<Value, number>();
  carryIn.forEach((value, i) => levels.set(value, componentOf[i]!));
  const levelOf = (value: Value): number => levels.get(value) ?? -1;
  for (const op of body.ops) {
    const level = Math.max(-1, ...op.operands.map(levelOf));
    op.results.forEach((value) => levels.set(value, level));
  }
  const products = body.ops.filter((op) => op.name === "contract");
  const notes: string[] = [];
  let stage = 0;
  const stages = components.map((_, k) => {
    if (k === 0) return 0;
    const isNeeded = (op: Op, fits: (component: number) => boolean): boolean =>
      before.some((set, i) => fits(componentOf[i]!) && set.has(op.results[0]!));
    const leaving = products.filter(
      (op) =>
        levelOf(op.results[0]!) >= 0 &&
        levelOf(op.results[0]!) < k &&
        isNeeded(op, (component) => component >= k) &&
        !isNeeded(op, (component) => component < k),
    );
    const work = leaving.reduce((sum, op) => sum + workOf(op), 0);
    const names = carryIn.filter((_, i) => componentOf[i] === k).map(nameIn);
    if (work >= least) stage++;
    notes.push(
      `${names.join(", ")}: ${work >= least ? "a loop of its own" : "in the loop before"}, ${leaving.length} products of ${work} multiplications a step leave`,
    );
    return stage;
  });
  return {
    count: stage + 1,
    stageOf: (value) => {
      const level = levelOf(value);
      return level < 0 ? -1 : stages[level]!;
    },
    levelOf,
    notes,
  };
};

const nameIn = ({ def }: Value): string => (def.kind === "input" ? `%${def.name}` : "carry");

/** Multiplications of a product in one step. */
const workOf = (op: Op): number => {
  const spec = parseSpec(textAttr(op.attrs, "spec"));
  const [a] = op.operands;
  const summed = contractedLetters(spec).map((letter) => a!.type.shape[spec.a.indexOf(letter)]!);
  return wordsOf(op.results[0]!) * estimateDim(product(summed));
};

/** What each needs, directly or through others, itself included. */
const closure = (needs: readonly (readonly number[])[]): readonly ReadonlySet<number>[] =>
  needs.map((_, i) => {
    const seen = new Set<number>();
    const stack = [i];
    for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
      if (seen.has(one)) continue;
      seen.add(one);
      stack.push(...needs[one]!);
    }
    return seen;
  });
