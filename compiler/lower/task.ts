// Work of an entry before it is ordered: kernels over cells, where a cell will be a slot or a stored tensor.

import type { Dim } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { DType } from "../ir/type.ts";
import { rowsIn } from "../kernel/buffers.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { SizedKernel } from "./flat-map.ts";
import { append } from "../ir/list-map.ts";
import type { Loop, Position, Slot } from "./plan.ts";
import { copyKernel, readsOnlyOwnElement } from "./small-kernels.ts";

/** One position of another cell, as a step of a loop sees it; `loop` null for one fixed position. */
export type Part = Omit<Position, "loop"> & {
  readonly of: Cell;
  readonly loop: Loop | null;
  /** Made and read by itself, whatever happens to the rest of the buffer. */
  readonly apart: boolean;
};

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
  /** What it is a part of; null for a buffer of its own. */
  part: Part | null;
};

type Ordered = {
  /** One per param, one per result and row of the kernel; what a loop reads and writes outside itself. */
  readonly reads: readonly Cell[];
  readonly writes: readonly Cell[];
  /** Tasks that must come before, besides those that make what it reads. */
  readonly after: Set<Task>;
};

export type KernelTask = Ordered & {
  readonly kind: "kernel";
  readonly kernel: Kernel;
  /** Values of sizes of the kernel that are not sizes of the entry. */
  readonly sizes: ReadonlyMap<string, Dim>;
};

/** Tasks in order, run once per step. */
export type LoopTask = Ordered & {
  readonly kind: "loop";
  readonly loop: Loop;
  readonly inner: readonly Task[];
  /** What puts values where the first step finds them. */
  readonly first: readonly KernelTask[];
  /** What has to be there through all steps. */
  readonly held: readonly Cell[];
};

export type Task = KernelTask | LoopTask;

export const plainCell = (name: string, dtype: Cell["dtype"], shape: Cell["shape"]): Cell => ({
  name,
  dtype,
  shape,
  value: null,
  role: "temporary",
  path: null,
  held: false,
  part: null,
});

/** The buffer of a carried value that a place of it is made and read with; any other cell is by itself. */
export const holderOf = (cell: Cell): Cell =>
  cell.part !== null && cell.part.loop === null && !cell.part.apart ? cell.part.of : cell;

/** The buffer that a cell is, or is a part of. */
export const bufferOf = (cell: Cell): Cell => (cell.part === null ? cell : bufferOf(cell.part.of));

/** A task from a kernel and the cell of each of its buffers. */
export const taskOf = (
  { kernel, sizes }: SizedKernel,
  cellFor: (buffer: string) => Cell,
): KernelTask => ({
  kind: "kernel",
  kernel,
  sizes,
  reads: kernel.params.map((p) => cellFor(p.name)),
  writes: [...kernel.results, ...rowsIn(kernel.body)].map((r) => cellFor(r.name)),
  after: new Set(),
});

export const copyTask = (from: Cell, to: Cell): KernelTask => ({
  kind: "kernel",
  ...copyKernel(from),
  reads: [from],
  writes: [to],
  after: new Set(),
});

/** Tasks that each task needs before it. */
export const needsOf = (tasks: readonly Task[]): ReadonlyMap<Task, ReadonlySet<Task>> => {
  const makers = new Map<Cell, Task[]>();
  for (const task of tasks)
    for (const cell of task.writes.map(holderOf)) append(makers, cell, task);
  return new Map(
    tasks.map((task) => {
      const needs = new Set(task.after);
      for (const cell of task.reads.map(holderOf))
        for (const maker of makers.get(cell) ?? []) if (maker !== task) needs.add(maker);
      return [task, needs];
    }),
  );
};

/** Tasks that run before some of `tasks` whatever the order, these included. */
export const tasksBefore = (
  tasks: readonly Task[],
  needs: ReadonlyMap<Task, ReadonlySet<Task>>,
): ReadonlySet<Task> => {
  const seen = new Set<Task>();
  const stack = [...tasks];
  for (let t = stack.pop(); t !== undefined; t = stack.pop()) {
    if (seen.has(t)) continue;
    seen.add(t);
    stack.push(...needs.get(t)!, ...t.after);
  }
  return seen;
};

/** Whether a task may write result `r` over `cell`: it reads the cell, under any of its shapes, only element by element. */
export const mayOverwrite = (task: Task, cell: Cell, r: number): boolean =>
  task.kind === "kernel" &&
  task.reads.every((read, p) => read !== cell || readsOnlyOwnElement(task.kernel, p, r));
