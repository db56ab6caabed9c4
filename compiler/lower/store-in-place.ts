// Decides which new values of stored tensors are written straight over the old ones, and copies the rest at the end.

import { elementCount } from "../ir/type.ts";
import { equalDims } from "../ir/dim.ts";
import { append } from "../ir/list-map.ts";
import { copyTask, mayOverwrite, needsOf, plainCell, tasksBefore } from "./task.ts";
import type { Cell, Task } from "./task.ts";

type Store = { readonly path: string; readonly cell: Cell };

/** Changes `tasks`: cells become stored, orders are added, copies appended. What is `tested` is known before anything is overwritten. */
export const planStores = (
  stores: readonly Store[],
  byPath: Map<string, Cell>,
  tasks: Task[],
  tested: readonly Cell[],
): void => {
  const makers = new Map<Cell, Task>();
  const readers = new Map<Cell, Task[]>();
  for (const task of tasks) {
    for (const cell of task.writes) if (!makers.has(cell)) makers.set(cell, task);
    for (const cell of new Set(task.reads)) append(readers, cell, task);
  }
  const testedTasks = new Set(tested.flatMap((cell) => makers.get(cell) ?? []));
  const order = createOrder(tasks, [...testedTasks]);
  const late: Store[] = [];
  for (const store of stores) {
    const old = byPath.get(store.path) ?? null;
    if (store.cell === old) continue;
    const maker = makers.get(store.cell) ?? null;
    const others = old === null ? [] : (readers.get(old) ?? []);
    if (!writeInPlace(store, old, maker, others, order)) late.push(store);
  }
  appendCopies(late, tasks);
};

type Order = {
  /** Whether a task may run after others and after what is tested: none of them needs what it makes. */
  readonly mayFollow: (maker: Task, others: readonly Task[]) => boolean;
  readonly follow: (maker: Task, others: readonly Task[]) => void;
};

const createOrder = (tasks: readonly Task[], tested: readonly Task[]): Order => {
  const needs = needsOf(tasks);
  const awaited = new Set([...needs.values()].flatMap((before) => [...before]));
  // Orders are added to what none of the tested needs, so none of them changes this.
  const beforeTest = tasksBefore(tested, needs);
  const isAfter = (task: Task, maker: Task): boolean =>
    task === maker || (awaited.has(maker) && tasksBefore([task], needs).has(maker));
  return {
    mayFollow: (maker, others) =>
      !beforeTest.has(maker) && !others.some((task) => isAfter(task, maker)),
    follow: (maker, others) => {
      const before = [...others, ...tested];
      for (const task of before) awaited.add(task);
      for (const task of before) maker.after.add(task);
    },
  };
};

const writeInPlace = (
  { path, cell }: Store,
  old: Cell | null,
  maker: Task | null,
  readers: readonly Task[],
  order: Order,
): boolean => {
  if (maker === null || cell.path !== null || cell.role !== "temporary") return false;
  const others = readers.filter((task) => task !== maker);
  if (!order.mayFollow(maker, others)) return false;
  if (old !== null && !mayOverwrite(maker, old, maker.writes.indexOf(cell))) return false;
  if (old !== null && !equalDims(elementCount(old), elementCount(cell))) return false;
  order.follow(maker, others);
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
