// Orders tasks so that few words are alive at a time; ties stay as in the source.

import type { Dim } from "../ir/dim.ts";
import { elementCount } from "../ir/type.ts";
import { CompilerBug } from "../../grammar/bug.ts";
import { needsOf } from "./task.ts";
import type { Cell, Task } from "./task.ts";

export const orderTasks = (
  tasks: readonly Task[],
  estimate: (dim: Dim) => number,
): readonly Task[] => {
  const needs = needsOf(tasks);
  const waiting = new Map(tasks.map((t) => [t, needs.get(t)!.size]));
  const followers = new Map<Task, Task[]>(tasks.map((t) => [t, []]));
  for (const [task, before] of needs) for (const t of before) followers.get(t)!.push(task);
  const readersLeft = new Map<Cell, number>();
  for (const t of tasks)
    for (const cell of new Set(t.reads)) readersLeft.set(cell, (readersLeft.get(cell) ?? 0) + 1);
  /** A part of a buffer is there with the rest of it. */
  const wordsOf = (cell: Cell): number =>
    cell.path === null && cell.part === null && cell.role === "temporary"
      ? estimate(elementCount(cell))
      : 0;

  /** Words that running a task adds to those alive. */
  const growth = (task: Task): number => {
    const made = task.writes.reduce((sum, cell) => sum + wordsOf(cell), 0);
    const freed = [...new Set(task.reads)]
      .filter((cell) => readersLeft.get(cell) === 1)
      .reduce((sum, cell) => sum + wordsOf(cell), 0);
    return made - freed;
  };

  const position = new Map(tasks.map((t, k) => [t, k]));
  const ready = tasks.filter((t) => waiting.get(t) === 0);
  const ordered: Task[] = [];
  while (ready.length > 0) {
    let best = 0;
    for (let k = 1; k < ready.length; k++) {
      const [a, b] = [ready[k]!, ready[best]!];
      const difference = growth(a) - growth(b);
      if (difference < 0 || (difference === 0 && position.get(a)! < position.get(b)!)) best = k;
    }
    const [task] = ready.splice(best, 1);
    ordered.push(task!);
    for (const cell of new Set(task!.reads)) readersLeft.set(cell, readersLeft.get(cell)! - 1);
    for (const next of followers.get(task!)!) {
      waiting.set(next, waiting.get(next)! - 1);
      if (waiting.get(next) === 0) ready.push(next);
    }
  }
  if (ordered.length < tasks.length) throw new CompilerBug("tasks wait for each other");
  return ordered;
};
