// Plans one entry: which buffers there are, what runs in which order, what is written over stored tensors.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Span } from "../../grammar/span.ts";
import { symbol } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { Entry } from "../ir/module.ts";
import { elementCount } from "../ir/type.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { estimateDim } from "./estimate.ts";
import { flattenMap } from "./flat-map.ts";
import { fuse } from "./fuse.ts";
import type { Fusion } from "./fuse.ts";
import { indexChecks } from "./index-checks.ts";
import { baseOf, merge } from "./merge.ts";
import type { Group } from "./merge.ts";
import { orderTasks } from "./order.ts";
import type { Arg, EntryPlan, Slot, StoredPlace } from "./plan.ts";
import { planMemory } from "./plan-memory.ts";
import { checkKernel } from "./small-kernels.ts";
import { planStores } from "./store-in-place.ts";
import { copyTask, mayOverwrite, plainCell, taskOf } from "./task.ts";
import type { Cell, Task } from "./task.ts";
import { groupToKernel, kernelContext } from "./to-kernels.ts";

/** Gives the number of a kernel in the module's table. */
export type KernelNumber = (kernel: Kernel) => number;

export const planEntry = (
  entry: Entry,
  stored: ReadonlyMap<string, StoredPlace>,
  storedWords: number,
  numberOf: KernelNumber,
): EntryPlan => {
  const { graph } = entry;
  const checks = indexChecks(entry);
  const fusion = fuse(
    graph,
    checks.map((check) => check.index),
  );
  const { groups, notes } = merge(fusion);
  const cells = new Map<Value, Cell>();
  const byPath = new Map<string, Cell>();
  graph.inputs.forEach((value, k) => {
    const cell = inputCell(entry, value, k);
    cells.set(value, cell);
    if (cell.path !== null) byPath.set(cell.path, cell);
  });
  const kept = keptValues(
    entry,
    fusion,
    groups,
    checks.map((c) => c.index),
  );
  for (const { value } of fusion.roots)
    if (kept.has(value)) cells.set(value, cellOf(value.hint ?? value.def.kind, value, "temporary"));
  const cellFor = (value: Value): Cell => {
    const cell = cells.get(baseOf(value, fusion.aliases));
    if (cell === undefined) throw new CompilerBug(`value ${value.id} has no buffer`);
    return cell;
  };

  const context = kernelContext(graph, fusion);
  const tasks: Task[] = groups.flatMap((group) => {
    if (!group.roots.some((r) => kept.has(r.value))) return [];
    const { kernel, values } = groupToKernel(context, group, kept);
    return [taskOf(flattenMap(kernel), (name) => cellFor(values.get(name)!))];
  });
  const status: Cell | null =
    checks.length === 0 ? null : { ...plainCell("status", "i32", []), role: "status" };
  checks.forEach(({ index, extent }, site) => {
    const kernel = checkKernel(index.type, extent, site + 1);
    tasks.push(
      taskOf({ kernel, sizes: new Map() }, (name) =>
        name === "status" ? status! : cellFor(index),
      ),
    );
  });

  const outputs = graph.outputs.map((value, k): Cell | null => {
    const target = entry.outputs[k]!;
    if (target.kind === "store") return null;
    const cell = cellFor(value);
    if (cell.path === null) {
      if (cell.role === "temporary") cell.role = "output";
      cell.held = true;
      return cell;
    }
    const own = { ...plainCell(target.kind, value.type.dtype, value.type.shape), held: true };
    tasks.push(copyTask(cell, { ...own, role: "output" as const }));
    return tasks.at(-1)!.writes[0]!;
  });
  const lossAt = entry.outputs.findIndex((o) => o.kind === "loss");
  planStores(
    graph.outputs.flatMap((value, k) => {
      const target = entry.outputs[k]!;
      if (target.kind !== "store") return [];
      return [{ path: target.path, cell: cellFor(value) }];
    }),
    byPath,
    tasks,
    lossAt < 0 ? null : outputs[lossAt]!,
  );

  const ordered = orderTasks(tasks, estimateDim(graph.sizes));
  return assemble(
    entry,
    ordered,
    { cells, outputs, status, stored, storedWords, numberOf },
    [
      ...fusion.notes,
      ...notes,
      ...checks.map(({ index }) => `check the indices %${index.hint ?? index.id} while running`),
    ],
    checks.map(({ op }) => op.span),
  );
};

const cellOf = (name: string, value: Value, role: Cell["role"]): Cell => ({
  ...plainCell(
    name === "result" && value.def.kind === "result" ? value.def.op.name : name,
    value.type.dtype,
    value.type.shape,
  ),
  value,
  role,
});

const inputCell = (entry: Entry, value: Value, k: number): Cell => {
  const input = entry.inputs[k]!;
  switch (input.kind) {
    case "data":
      return cellOf(input.name, value, "data");
    case "stored":
      return { ...cellOf(input.path, value, "temporary"), path: input.path };
    case "scalar":
      return cellOf(value.def.kind === "input" ? value.def.name : "scalar", value, "scalar");
    case "draw":
      return cellOf("draw", value, "draw");
  }
};

/** Roots that the caller, another kernel or an alias reads. */
const keptValues = (
  entry: Entry,
  fusion: Fusion,
  groups: readonly Group[],
  asked: readonly Value[],
): ReadonlySet<Value> => {
  const groupOf = new Map(groups.flatMap((g) => g.roots.map((r) => [r, g] as const)));
  const rootOf = new Map(fusion.roots.map((r) => [r.value, r]));
  const kept = new Set([...entry.graph.outputs, ...asked].map((v) => baseOf(v, fusion.aliases)));
  for (const [value, sites] of fusion.sites) {
    const base = baseOf(value, fusion.aliases);
    const root = rootOf.get(base);
    if (root === undefined) continue;
    const own = groupOf.get(root);
    if (base !== value || sites.some((s) => groupOf.get(s.root) !== own)) kept.add(base);
  }
  return kept;
};

type Parts = {
  readonly cells: ReadonlyMap<Value, Cell>;
  readonly outputs: readonly (Cell | null)[];
  readonly status: Cell | null;
  readonly stored: ReadonlyMap<string, StoredPlace>;
  readonly storedWords: number;
  readonly numberOf: KernelNumber;
};

/** Numbers the slots, finds how long each is needed, and gives them memory. */
const assemble = (
  entry: Entry,
  tasks: readonly Task[],
  parts: Parts,
  notes: readonly string[],
  sites: readonly (Span | null)[],
): EntryPlan => {
  const { graph } = entry;
  const touched = [
    ...graph.inputs.map((value) => parts.cells.get(value)!),
    ...(parts.status === null ? [] : [parts.status]),
    ...tasks.flatMap((t) => [...t.reads, ...t.writes]),
  ];
  const used = new Set([
    ...tasks.flatMap((t) => [...t.reads, ...t.writes]),
    ...parts.outputs.filter((c) => c !== null),
    // The caller hands every input over, also one that no kernel turned out to need.
    ...graph.inputs.map((value) => parts.cells.get(value)!).filter((c) => c.role === "data"),
  ]);
  const slotCells = [...new Set(touched)].filter((c) => c.path === null && used.has(c));
  const slotOf = new Map(slotCells.map((c, k) => [c, k]));
  const end = tasks.length;
  const touchedAt = new Map<Cell, number[]>();
  tasks.forEach((t, k) => {
    for (const cell of new Set([...t.reads, ...t.writes]))
      touchedAt.set(cell, [...(touchedAt.get(cell) ?? []), k]);
  });
  const slots = slotCells.map((cell): Slot => {
    const at = touchedAt.get(cell) ?? [];
    const given = cell.role !== "temporary" && cell.role !== "output";
    return {
      name: cell.name,
      dtype: cell.dtype,
      shape: cell.shape,
      words: elementCount(cell),
      value: cell.value,
      role: cell.role,
      first: given ? -1 : Math.min(...at),
      last: cell.held || cell.role === "status" ? end : Math.max(-1, ...at),
    };
  });
  const argOf = (cell: Cell): Arg => {
    if (cell.path === null) return { kind: "slot", slot: slotOf.get(cell)! };
    return { kind: "stored", path: cell.path, offset: parts.stored.get(cell.path)!.offset };
  };
  const dispatches = tasks.map((t) => ({
    kernel: parts.numberOf(t.kernel),
    args: [...t.reads, ...t.writes].map(argOf),
    sizes: t.kernel.sizes.map((name) => t.sizes.get(name) ?? symbol(name)),
  }));
  const over = takeOvers(tasks, slots, slotOf);
  const hasLoss = entry.outputs.some((o) => o.kind === "loss");
  const firstStore = tasks.findIndex((t) => t.writes.some((c) => c.path !== null));
  return {
    entry,
    slots,
    dispatches,
    memory: planMemory(slots, over, graph.sizes, parts.storedWords),
    inputSlots: graph.inputs.map((value) => slotOf.get(parts.cells.get(value)!) ?? null),
    outputSlots: parts.outputs.map((c) => (c === null ? null : slotOf.get(c)!)),
    status: parts.status === null ? null : { slot: slotOf.get(parts.status)!, sites },
    commit: hasLoss && firstStore >= 0 ? firstStore : null,
    notes,
  };
};

/** A result may lie over an operand that is read for the last time, element by element. */
const takeOvers = (
  tasks: readonly Task[],
  slots: readonly Slot[],
  slotOf: ReadonlyMap<Cell, number>,
): readonly (number | null)[] => {
  const over = slots.map((): number | null => null);
  const taken = new Set<number>();
  tasks.forEach((task, position) => {
    for (const [r, result] of task.writes.entries()) {
      const slot = slotOf.get(result);
      if (slot === undefined || slots[slot]!.first !== position) continue;
      const candidate = task.reads.findIndex((operand) => {
        const from = slotOf.get(operand);
        if (from === undefined || taken.has(from) || operand.held) return false;
        if (slots[from]!.role !== "temporary" || slots[from]!.last !== position) return false;
        return mayOverwrite(task, operand, r);
      });
      if (candidate < 0) continue;
      const from = slotOf.get(task.reads[candidate]!)!;
      taken.add(from);
      over[slot] = from;
    }
  });
  return over;
};
