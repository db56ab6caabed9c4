// Splits scans whose carries do not all need each other: the products between two cells can then leave both loops.

import { leastWork } from "../costs/limits.ts";
import { ancestorsOf } from "../ir/ancestors.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import type { Builder } from "../ops/define.ts";
import { scanAttrs } from "../ops/scan.ts";
import type { ScanAttrs } from "../ops/scan.ts";
import { carryStages } from "./carry-stages.ts";
import { besides, rebuildScans } from "./rebuild.ts";
import { holdsMarkers } from "./rewrite.ts";
import { bodyFrom } from "./scan-body.ts";
import { splitConcats } from "./split-concats.ts";
import { isFreeView } from "./step-kinds.ts";

/** One loop per stage of `carryStages`, each giving out what later ones read. `least`: work that is worth a loop. */
export const distribute = (graph: Graph, least: number = leastWork.stage): Graph =>
  rebuildScans(graph, (b, op, operands) => {
    const attrs = scanAttrs(op.attrs);
    if (holdsMarkers(attrs.body)) return null;
    const { levelOf } = carryStages(attrs, least);
    const split = { ...attrs, body: splitConcats(attrs.body, levelOf) };
    const stages = carryStages(split, least);
    return stages.count < 2 ? null : loops(b, op, operands, split, stages);
  });

const loops = (
  b: Builder,
  op: Op,
  operands: readonly Value[],
  { body, carries, sliced }: ScanAttrs,
  { count, stageOf }: ReturnType<typeof carryStages>,
): readonly Value[] => {
  const carryIn = body.inputs.slice(0, carries);
  const given = body.outputs.slice(carries);
  const nexts = (stage: number): readonly Value[] =>
    body.outputs.slice(0, carries).filter((_, i) => stageOf(carryIn[i]!) === stage);
  const results = (stage: number): readonly Value[] =>
    given.filter((value) => Math.max(stageOf(value), 0) === stage);
  // What a loop reads of those before it; what needs no carry it computes itself, and views it makes again.
  const comesIn = (value: Value, stage: number): boolean =>
    stageOf(value) >= 0 &&
    stageOf(value) < stage &&
    !(value.def.kind === "result" && isFreeView(value.def.op));
  const all = [...ancestorsOf(body.outputs)];
  // From the last loop to the first: what one reads those before it have to give out.
  const reads: ReadonlySet<Value>[] = [];
  const gives: (readonly Value[])[] = [];
  for (let stage = count - 1; stage >= 0; stage--) {
    const asked = all.filter(
      (value) =>
        stageOf(value) === stage &&
        reads.some((set, other) => set.has(value) && comesIn(value, other)),
    );
    gives[stage] = [...new Set([...results(stage), ...asked])];
    const ends = new Set(all.filter((value) => comesIn(value, stage)));
    reads[stage] = ancestorsOf([...nexts(stage), ...gives[stage]!], (value) => ends.has(value));
  }

  const stacks = new Map(body.inputs.map((value, i) => [value, operands[i]!]));
  const found = new Map<Value, Value>();
  const last = new Map<Value, Value>();
  for (let stage = 0; stage < count; stage++) {
    const own = carryIn.filter((value) => stageOf(value) === stage);
    const slices = [
      ...body.inputs.slice(carries, carries + sliced).filter((value) => reads[stage]!.has(value)),
      ...all.filter((value) => comesIn(value, stage) && reads[stage]!.has(value)),
    ];
    const whole = body.inputs.slice(carries + sliced).filter((value) => reads[stage]!.has(value));
    const emitted = gives[stage]!;
    const inputs = [...own, ...slices, ...whole];
    const before = (value: Value): Value => found.get(value) ?? stacks.get(value)!;
    const made = besides(
      b.op(
        "scan",
        inputs.map((value, i) => (i < own.length ? stacks.get(value)! : before(value))),
        {
          ...op.attrs,
          body: bodyFrom(inputs, [...nexts(stage), ...emitted]),
          carries: own.length,
          sliced: slices.length,
        },
      ),
    );
    own.forEach((value, k) => last.set(value, made[k]!));
    emitted.forEach((value, k) => found.set(value, made[own.length + k]!));
  }
  return [...carryIn.map((value) => last.get(value)!), ...given.map((value) => found.get(value)!)];
};
