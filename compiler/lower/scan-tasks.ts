// The loop of a scan, and where what it carries lies.

import { add } from "../ir/dim.ts";
import type { Op, Value } from "../ir/graph.ts";
import { elementCount } from "../ir/type.ts";
import { scanAttrs } from "../ops/scan.ts";
import type { Loop } from "./plan.ts";
import { copyTask, holderOf, plainCell } from "./task.ts";
import type { Cell, KernelTask, LoopTask, Part, Task } from "./task.ts";

/** The buffer of a result; `open`: it may be a part of a larger one. */
export type Result = { readonly cell: Cell; readonly open: boolean };

/** The tasks of a body in order: its inputs are in `cells`, its outputs go to `targets`; null for one that another is. */
export type LowerBody = (
  cells: Map<Value, Cell>,
  targets: readonly (Cell | null)[],
) => readonly Task[];

/**
 * A carry has two places that take turns: a step reads the one and writes the other. Where its value is a result at
 * every step, it has one for each step and the first, and the result is all of them but the first, or but the last.
 * `results`: null for what nobody reads.
 */
export const scanTasks = (
  op: Op,
  operands: readonly Cell[],
  results: readonly (Result | null)[],
  lowerBody: LowerBody,
): readonly Task[] => {
  const { body, length, reverse, carries, sliced } = scanAttrs(op.attrs);
  const loop: Loop = { length, reverse };
  const partOf = (value: Value, of: Cell, part: Pick<Part, "loop" | "shift" | "alternates">) => ({
    ...plainCell(of.name, value.type.dtype, value.type.shape),
    part: { ...part, of, stride: elementCount(value.type), apart: false },
  });
  const stacks = stacksOf(op, results);
  const stacked = new Set(stacks.flat());
  const states = body.inputs.slice(0, carries).map((value, i) => {
    const name = value.def.kind === "input" ? value.def.name : "carry";
    const [shown] = stacks[i]!.map((k) => results[k]!.cell.value);
    const count = shown === undefined ? 2 : add(length, 1);
    const cell = plainCell(name, value.type.dtype, [count, ...value.type.shape]);
    return { ...cell, value: shown ?? null };
  });
  const place = (i: number, around: Loop | null, shift: Part["shift"]): Cell => {
    const alternates = stacks[i]!.length === 0;
    return partOf(body.inputs[i]!, states[i]!, { loop: around, shift, alternates });
  };
  const step = { loop, shift: 0, alternates: false };
  const [before, after] = reverse ? [1, 0] : [0, 1];
  stacks.forEach((list, i) => {
    for (const k of list) {
      const shift = body.outputs[k] === body.outputs[i] ? after : before;
      results[k]!.cell.part = place(i, null, shift).part;
    }
  });

  const cells = new Map<Value, Cell>();
  body.inputs.forEach((value, i) => {
    const whole = operands[i]!;
    if (i < carries) cells.set(value, place(i, loop, before));
    else cells.set(value, i < carries + sliced ? partOf(value, whole, step) : whole);
  });
  const targets = body.outputs.map((value, k) => {
    if (k < carries) return place(k, loop, after);
    if (stacked.has(k)) return null;
    return partOf(value, results[k]?.cell ?? unread(op.results[k]!), step);
  });
  const inner = lowerBody(cells, targets);
  const first = states.map((_, i) => copyTask(operands[i]!, place(i, null, reverse ? length : 0)));
  const last = states.flatMap((_, i) => {
    const result = results[i] ?? null;
    return result === null ? [] : [copyTask(place(i, null, reverse ? 0 : length), result.cell)];
  });
  return [loopTask(loop, inner, first), ...last];
};

const unread = ({ type }: Value): Cell => plainCell("unread", type.dtype, type.shape);

/** For each carry the results that are its value after every step, or before it; none is those of two carries. */
const stacksOf = (op: Op, results: readonly (Result | null)[]): readonly (readonly number[])[] => {
  const { body, carries } = scanAttrs(op.attrs);
  const taken = new Set<number>();
  return body.inputs.slice(0, carries).map((value, i) => {
    const list = body.outputs.flatMap((output, k) => {
      const isState = output === body.outputs[i] || output === value;
      return k >= carries && isState && !taken.has(k) && results[k]?.open === true ? [k] : [];
    });
    for (const k of list) taken.add(k);
    return list;
  });
};

/** What a loop touches besides the cells of one step. `first` is of the loop: what it fills is not there long before it. */
const loopTask = (loop: Loop, inner: readonly Task[], first: readonly KernelTask[]): LoopTask => {
  const outer = (cell: Cell): Cell => holderOf(cell.part?.loop === loop ? cell.part.of : cell);
  const isOwn = (cell: Cell): boolean => cell.part?.loop !== loop;
  const made = new Set(inner.flatMap((task) => task.writes.filter(isOwn).map(holderOf)));
  const outside = (cells: readonly Cell[]): readonly Cell[] => [
    ...new Set(cells.map(outer).filter((cell) => !made.has(cell))),
  ];
  const reads = outside(inner.flatMap((task) => task.reads));
  const writes = outside(inner.flatMap((task) => task.writes));
  return {
    kind: "loop",
    loop,
    inner,
    first,
    held: [...reads, ...writes],
    reads: [...new Set([...first.flatMap((task) => task.reads), ...reads])],
    writes,
    after: new Set(),
  };
};
