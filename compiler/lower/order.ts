// Orders tasks so that few words are alive at a time; ties stay as in the source.

import type { Dim } from "../ir/dim.ts";
import { elementCount } from "../ir/type.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import { createPriorityQueue } from "./priority-queue.ts";
import { holderOf, needsOf } from "./task.ts";
import type { Cell, Task } from "./task.ts";

/** A task that may run next. Stale once its growth has become less: it stands in the queue again then. */
type Ready = { readonly task: Task; readonly growth: number; readonly position: number };

const isBefore = (a: Ready, b: Ready): boolean =>
  a.growth < b.growth || (a.growth === b.growth && a.position < b.position);

/** Takes time in proportion to what tasks read and write, but for the queue of those that may run next. */
export const orderTasks = (
  tasks: readonly Task[],
  estimate: (dim: Dim) => number,
): readonly Task[] => {
  const needs = needsOf(tasks);
  const waiting = new Map(tasks.map((t) => [t, needs.get(t)!.size]));
  const followers = new Map<Task, Task[]>(tasks.map((t) => [t, []]));
  for (const [task, before] of needs) for (const t of before) followers.get(t)!.push(task);
  const readersLeft = new Map<Cell, Set<Task>>();
  const readsOf = (task: Task): ReadonlySet<Cell> => new Set(task.reads.map(holderOf));
  for (const t of tasks)
    for (const cell of readsOf(t))
      readersLeft.set(cell, (readersLeft.get(cell) ?? new Set()).add(t));
  /** A part of a buffer is there with the rest of it. */
  const wordsOf = (cell: Cell): number =>
    cell.path === null && cell.part === null && cell.role === "temporary"
      ? estimate(elementCount(cell))
      : 0;

  /** Words that running a task adds to those alive. */
  const growthOf = (task: Task): number => {
    const made = task.writes.reduce((sum, cell) => sum + wordsOf(cell), 0);
    const freed = [...readsOf(task)]
      .filter((cell) => readersLeft.get(cell)!.size === 1)
      .reduce((sum, cell) => sum + wordsOf(cell), 0);
    return made - freed;
  };

  const position = new Map(tasks.map((t, k) => [t, k]));
  const queue = createPriorityQueue(isBefore);
  const done = new Set<Task>();
  const offer = (task: Task): void => {
    if (waiting.get(task) === 0 && !done.has(task))
      queue.push({ task, growth: growthOf(task), position: position.get(task)! });
  };
  tasks.forEach(offer);
  for (let next = queue.pop(); next !== null; next = queue.pop()) {
    const { task } = next;
    if (done.has(task)) continue;
    done.add(task);
    for (const cell of readsOf(task)) {
      const left = readersLeft.get(cell)!;
      // The last one left to read a cell frees it.
      if (left.delete(task) && left.size === 1) left.forEach(offer);
    }
    for (const follower of followers.get(task)!) {
      waiting.set(follower, waiting.get(follower)! - 1);
      offer(follower);
    }
  }
  if (done.size < tasks.length) throw new CompilerBug("tasks wait for each other");
  return [...done];
};
