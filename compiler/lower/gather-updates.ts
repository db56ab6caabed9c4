// Makes updates of the same kind whose tensors lie side by side one launch over all of them.

import type { Target } from "../costs/target.ts";
import { dimKey } from "../ir/dim.ts";
import { append } from "../ir/list-map.ts";
import { buffersOf } from "../kernel/buffers.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { countName } from "./flat-map.ts";
import { alignUp } from "./plan.ts";
import type { StoredPlace } from "./plan.ts";
import { needsOf, plainCell, tasksBefore } from "./task.ts";
import type { Cell, KernelTask, Task } from "./task.ts";

/** An update element by element of stored tensors; `at`: where the first that it writes lies, in words. */
type Update = {
  readonly task: KernelTask;
  readonly words: number;
  readonly at: number;
};

type Places = ReadonlyMap<string, StoredPlace>;

/**
 * Changes `tasks`; a line for each launch that is several updates. What is made for an update, the gradient as a rule,
 * becomes a part of one buffer in which gradients lie as their weights do; so all of it is there at once.
 */
export const gatherUpdates = (
  tasks: Task[],
  places: Places,
  keyOf: (kernel: Kernel) => string,
  target: Pick<Target, "alignment" | "binding">,
): readonly string[] => {
  const alike = new Map<string, Update[]>();
  for (const update of tasks.flatMap((task) => updateOf(task, places)))
    append(alike, keyOf(update.task.kernel), update);
  return [...alike.values()].flatMap((list) =>
    runsOf(list, places, target).flatMap((run) =>
      run.length > 1 && gather(run, tasks)
        ? [
            `gather ${run.length} updates from ${run[0]!.task.kernel.name} of @${run[0]!.task.writes[0]!.path}: their tensors are neighbours`,
          ]
        : [],
    ),
  );
};

const updateOf = (task: Task, places: Places): readonly Update[] => {
  if (task.kind !== "kernel") return [];
  const words = task.sizes.get(countName);
  const [first] = task.writes;
  if (typeof words !== "number" || !task.writes.every(isStored)) return [];
  return [{ task, words, at: places.get(first!.path!)!.offset }];
};

const isStored = ({ path, part }: Cell): boolean => path !== null && part === null;

/**
 * Neighbours: every tensor of the one lies right behind that of the other before it. All of them are within what a launch
 * may have.
 */
const runsOf = (
  updates: readonly Update[],
  places: Places,
  { alignment, binding }: Pick<Target, "alignment" | "binding">,
): readonly (readonly Update[])[] => {
  const runs: Update[][] = [];
  for (const update of updates.toSorted((a, b) => a.at - b.at)) {
    const run = runs.at(-1);
    const isNext =
      run !== undefined &&
      follows(run.at(-1)!, update, places, alignment) &&
      update.at + update.words - run[0]!.at <= binding;
    if (isNext) run.push(update);
    else runs.push([update]);
  }
  return runs;
};

const follows = (before: Update, update: Update, places: Places, alignment: number): boolean => {
  const distance = update.at - before.at;
  if (distance !== alignUp(before.words, alignment)) return false;
  const pairs = cellsOf(before).map((cell, k) => [cell, cellsOf(update)[k]!] as const);
  return pairs.every(([a, b], k) => {
    if (!isWhole(update, k)) return a === b;
    if (a.path === null || b.path === null) return a !== b && isFree(a) && isFree(b);
    const apart = places.get(b.path)!.offset - places.get(a.path)!.offset;
    return isStored(a) && isStored(b) && apart === distance;
  });
};

const cellsOf = ({ task }: Update): readonly Cell[] => [...task.reads, ...task.writes];

/** Whether the update goes through all of its argument `k`, in place of reading one number. */
const isWhole = ({ task: { kernel } }: Update, k: number): boolean =>
  buffersOf(kernel)[k]!.shape.some((d) => dimKey(d) === countName);

/** Whether its place is still open. */
const isFree = ({ role, part, held }: Cell): boolean =>
  role === "temporary" && part === null && !held;

const gather = (run: readonly Update[], tasks: Task[]): boolean => {
  const [first, last] = [run[0]!, run.at(-1)!];
  const members = new Set<Task>(run.map(({ task }) => task));
  const free = cellsOf(first).flatMap((cell, k) =>
    isWhole(first, k) && cell.path === null ? [{ k, cells: run.map((u) => cellsOf(u)[k]!) }] : [],
  );
  if (free.some(({ cells }) => new Set(cells).size < run.length)) return false;
  if (needEachOther(members, tasks)) return false;

  const words = last.at - first.at + last.words;
  const buffers = new Map(
    free.map(({ k, cells }) => {
      const buffer = plainCell("gradients", cells[0]!.dtype, [words]);
      cells.forEach((cell, n) => {
        const shift = run[n]!.at - first.at;
        cell.part = { of: buffer, loop: null, shift, alternates: false, stride: 1, apart: true };
      });
      return [k, buffer] as const;
    }),
  );
  const parts = new Set(free.flatMap(({ cells }) => cells));
  const makers = tasks.filter((task) => task.writes.some((cell) => parts.has(cell)));
  const all: KernelTask = {
    ...first.task,
    sizes: new Map([[countName, words]]),
    reads: first.task.reads.map((cell, k) => buffers.get(k) ?? cell),
    after: new Set([...run.flatMap(({ task }) => [...task.after]), ...makers]),
  };
  const written = new Set(run.flatMap(({ task }) => task.writes));
  const rest = tasks.filter((task) => !members.has(task));
  for (const task of rest) {
    const gone = [...task.after].filter((before) => members.has(before));
    for (const member of gone) task.after.delete(member);
    if (gone.length > 0 || task.reads.some((cell) => written.has(cell))) task.after.add(all);
  }
  tasks.splice(0, tasks.length, ...rest, all);
  return true;
};

/** Whether one of the tasks needs another of them, through any number of others. */
const needEachOther = (members: ReadonlySet<Task>, tasks: readonly Task[]): boolean => {
  const needs = needsOf(tasks);
  const needed = [...members].flatMap((task) => [...needs.get(task)!]);
  return [...tasksBefore(needed, needs)].some((task) => members.has(task));
};
