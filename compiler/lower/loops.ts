// Tasks with loops among them into one list of steps, each with the loops it stands in.

import { append } from "../ir/list-map.ts";
import type { Loop, Position } from "./plan.ts";
import type { Cell, KernelTask, Task } from "./task.ts";
import { bufferOf } from "./task.ts";

/** One kernel and the loops around it, outermost first. */
export type Step = { readonly task: KernelTask; readonly loops: readonly Loop[] };

/** Buffers that hold through all rounds of a loop, and its first and last step. */
export type LoopRange = {
  readonly cells: readonly Cell[];
  readonly first: number;
  readonly last: number;
};

export const stepsOf = (
  tasks: readonly Task[],
): { readonly steps: readonly Step[]; readonly ranges: readonly LoopRange[] } => {
  const steps: Step[] = [];
  const ranges: LoopRange[] = [];
  const visit = (list: readonly Task[], loops: readonly Loop[]): void => {
    for (const task of list) {
      if (task.kind === "kernel") {
        steps.push({ task, loops });
        continue;
      }
      visit(task.first, loops);
      const first = steps.length;
      visit(task.inner, [...loops, task.loop]);
      ranges.push({ cells: task.held.map(bufferOf), first, last: steps.length - 1 });
    }
  };
  visit(tasks, []);
  return { steps, ranges };
};

/** Steps at which each buffer must be there: where it is touched, and all of a loop that it outlives. */
export const usesOf = (
  cells: readonly (readonly Cell[])[],
  ranges: readonly LoopRange[],
): ReadonlyMap<Cell, readonly number[]> => {
  const uses = new Map<Cell, number[]>();
  cells.forEach((list, position) => list.forEach((cell) => append(uses, cell, position)));
  for (const range of ranges)
    for (const cell of range.cells)
      [range.first, range.last].forEach((at) => append(uses, cell, at));
  return uses;
};

/** Where in its buffer a cell is, for a step in `loops`. */
export const positionsOf = (cell: Cell, loops: readonly Loop[]): readonly Position[] => {
  if (cell.part === null) return [];
  const { of, loop, shift, alternates, stride } = cell.part;
  // From the first place on, which is where the buffer begins.
  if (loop === null && shift === 0) return positionsOf(of, loops);
  const position = { loop: loop === null ? null : loops.indexOf(loop), shift, alternates, stride };
  return [...positionsOf(of, loops), position];
};
