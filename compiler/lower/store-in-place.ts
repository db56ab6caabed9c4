// Decides which new values of stored tensors are written straight over the old ones, and copies the rest at the end.

import { elementCount } from "../ir/type.ts";
import { equalDims } from "../ir/dim.ts";
import { comesAfter, copyTask, mayOverwrite, needsOf, plainCell } from "./task.ts";
import type { Cell, Task } from "./task.ts";

type Store = { readonly path: string; readonly cell: Cell };

/** Changes `tasks`: cells become stored, orders are added, copies appended. `loss` is known before anything is overwritten. */
export const planStores = (
  stores: readonly Store[],
  byPath: Map<string, Cell>,
  tasks: Task[],
  loss: Cell | null,
): void => {
  const late: Store[] = [];
  const needs = needsOf(tasks);
  const needed = new Set([...needs.values()].flatMap((before) => [...before]));
  const lossTask = tasks.find((t) => loss !== null && t.writes.includes(loss)) ?? null;
  // Orders are only ever added to tasks whose results a stored tensor takes.
  const isAfter = (task: Task, maker: Task): boolean =>
    (needed.has(maker) || tasks.some((t) => t.after.has(maker))) && comesAfter(task, maker, needs);
  for (const store of stores) {
    const old = byPath.get(store.path) ?? null;
    if (store.cell === old) continue;
    if (!writeInPlace(store, old, tasks, lossTask, isAfter)) late.push(store);
  }
  appendCopies(late, tasks);
};

const writeInPlace = (
  { path, cell }: Store,
  old: Cell | null,
  tasks: readonly Task[],
  lossTask: Task | null,
  isAfter: (task: Task, maker: Task) => boolean,
): boolean => {
  const maker = tasks.find((t) => t.writes.includes(cell));
  if (maker === undefined || cell.path !== null || cell.role !== "temporary") return false;
  const readers = tasks.filter((t) => t !== maker && old !== null && t.reads.includes(old));
  const before = lossTask === null ? readers : [...readers, lossTask];
  if (before.some((t) => t === maker || isAfter(t, maker))) return false;
  if (old !== null && !mayOverwrite(maker, old, maker.writes.indexOf(cell))) return false;
  if (old !== null && !equalDims(elementCount(old), elementCount(cell))) return false;
  for (const task of before) maker.after.add(task);
  cell.path = path;
  return true;
};

/** Copies run last. What a copy reads must not be what another one overwrites, so such values move aside first. */
const appendCopies = (stores: readonly Store[], tasks: Task[]): void => {
  const earlier = [...tasks];
  const saved = stores.map(({ cell }) => {
    if (cell.path === null) return cell;
    const task = copyTask(cell, plainCell(cell.name, cell.dtype, cell.shape));
    // A stored tensor that is also written in place is saved while it is old.
    for (const t of earlier)
      if (t.writes.some((w) => w.path === cell.path && w !== cell)) t.after.add(task);
    tasks.push(task);
    return task.writes[0]!;
  });
  const before = [...tasks];
  stores.forEach(({ path }, k) => {
    const from = saved[k]!;
    // A cell of its own: who reads the old value does not wait for the copy.
    const target = { ...plainCell(path, from.dtype, from.shape), path };
    const task = copyTask(from, target);
    for (const t of before) task.after.add(t);
    tasks.push(task);
  });
};
