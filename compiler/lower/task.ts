// Work of an entry before it is ordered: kernels over cells, where a cell will be a slot or a stored tensor.

import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { SizedKernel } from "./flat-map.ts";
import type { Slot } from "./plan.ts";
import { copyKernel, readsOnlyOwnElement } from "./small-kernels.ts";

/** A buffer while it is planned; where it lives is decided after it is made. */
export type Cell = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** What of the graph it holds; null for what planning adds. */
  readonly value: Value | null;
  role: Slot["role"];
  /** The stored tensor it is, or null for a slot. */
  path: string | null;
  /** Whether it is read after the run. */
  held: boolean;
};

export type Task = {
  readonly kernel: Kernel;
  /** Values of sizes of the kernel that are not sizes of the entry. */
  readonly sizes: ReadonlyMap<string, Dim>;
  /** One per param, one per result of the kernel. */
  readonly reads: readonly Cell[];
  readonly writes: readonly Cell[];
  /** Tasks that must come before, besides those that make what it reads. */
  readonly after: Set<Task>;
};

export const plainCell = (name: string, dtype: Cell["dtype"], shape: Cell["shape"]): Cell => ({
  name,
  dtype,
  shape,
  value: null,
  role: "temporary",
  path: null,
  held: false,
});

/** A task from a kernel and the cell of each of its buffers. */
export const taskOf = (
  { kernel, sizes }: SizedKernel,
  cellFor: (buffer: string) => Cell,
): Task => ({
  kernel,
  sizes,
  reads: kernel.params.map((p) => cellFor(p.name)),
  writes: kernel.results.map((r) => cellFor(r.name)),
  after: new Set(),
});

export const copyTask = (from: Cell, to: Cell): Task => ({
  ...copyKernel(from),
  reads: [from],
  writes: [to],
  after: new Set(),
});

/** Tasks that each task needs before it. */
export const needsOf = (tasks: readonly Task[]): ReadonlyMap<Task, ReadonlySet<Task>> => {
  const makers = new Map<Cell, Task[]>();
  for (const task of tasks)
    for (const cell of task.writes) makers.set(cell, [...(makers.get(cell) ?? []), task]);
  return new Map(
    tasks.map((task) => {
      const needs = new Set(task.after);
      for (const cell of task.reads)
        for (const maker of makers.get(cell) ?? []) if (maker !== task) needs.add(maker);
      return [task, needs];
    }),
  );
};

/** Whether `task` comes after `other` whatever the order. */
export const comesAfter = (
  task: Task,
  other: Task,
  needs: ReadonlyMap<Task, ReadonlySet<Task>>,
): boolean => {
  const seen = new Set<Task>();
  const stack = [task];
  for (let t = stack.pop(); t !== undefined; t = stack.pop()) {
    if (t === other) return true;
    if (seen.has(t)) continue;
    seen.add(t);
    stack.push(...needs.get(t)!, ...t.after);
  }
  return false;
};

/** Whether a task may write result `r` over `cell`: it reads the cell, under any of its shapes, only element by element. */
export const mayOverwrite = (task: Task, cell: Cell, r: number): boolean =>
  task.reads.every((read, p) => read !== cell || readsOnlyOwnElement(task.kernel, p, r));
