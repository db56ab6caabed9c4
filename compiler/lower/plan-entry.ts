// Plans one entry: which buffers there are, what runs in which order, what is written over stored tensors.

import type { Target } from "../costs/target.ts";
import { symbol } from "../ir/dim.ts";
import type { Value } from "../ir/graph.ts";
import type { Entry, EntryOutput } from "../ir/module.ts";
import { elementCount } from "../ir/type.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { estimateDim } from "../ir/estimate.ts";
import { gatherUpdates } from "./gather-updates.ts";
import { cellOf, graphTasks } from "./graph-tasks.ts";
import type { CheckTask } from "./graph-tasks.ts";
import { positionsOf, stepsOf, usesOf } from "./loops.ts";
import type { Step } from "./loops.ts";
import { orderTasks } from "./order.ts";
import type { Arg, EntryPlan, Loop, Site, Slot, StoredPlace } from "./plan.ts";
import { chooseSlabs } from "./choose-slabs.ts";
import { planMemory } from "./plan-memory.ts";
import { runTimeChecks } from "./run-time-checks.ts";
import { checkKernel } from "./small-kernels.ts";
import { planStores } from "./store-in-place.ts";
import type { Stream } from "./streams/stream.ts";
import { bufferOf, copyTask, mayOverwrite, plainCell, taskOf } from "./task.ts";
import type { Cell, Task } from "./task.ts";

/** What an entry needs of its module. */
export type ModulePlan = {
  readonly stored: ReadonlyMap<string, StoredPlace>;
  /** Words of the heap before the arena. */
  readonly base: number;
  /** Equal for kernels of one structure. */
  readonly keyOf: (kernel: Kernel) => string;
  /** Its number in the module's table. */
  readonly numberOf: (kernel: Kernel) => number;
  /** Whether one launch updates many weights, for which all their gradients are kept until then. */
  readonly gathers: boolean;
  /** What is computed row by row. */
  readonly streams: readonly Stream[];
  readonly target: Target;
};

export const planEntry = (entry: Entry, shared: ModulePlan): EntryPlan => {
  const { graph } = entry;
  const checks = runTimeChecks(entry);
  const cells = new Map<Value, Cell>();
  const byPath = new Map<string, Cell>();
  graph.inputs.forEach((value, k) => {
    const cell = inputCell(entry, value, k);
    cells.set(value, cell);
    if (cell.path !== null) byPath.set(cell.path, cell);
  });
  const status: Cell | null =
    checks.length === 0 ? null : { ...plainCell("status", "i32", []), role: "status" };
  const checkTasks = checks.map((check, site): CheckTask => {
    const kernel = checkKernel(check.value.type, check.required, site + 1);
    const task = (values: Cell): Task =>
      taskOf({ kernel, sizes: new Map() }, (name) => (name === "status" ? status! : values));
    return { check, task };
  });
  const { tasks, cellFor, notes } = graphTasks(
    graph,
    cells,
    checkTasks,
    null,
    shared.streams,
    shared.target,
  );

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
  const tested = outputs.filter((_, k) => isTested(entry.outputs[k]!));
  planStores(
    graph.outputs.flatMap((value, k) => {
      const target = entry.outputs[k]!;
      if (target.kind !== "store") return [];
      return [{ path: target.path, cell: cellFor(value) }];
    }),
    byPath,
    tasks,
    tested.filter((cell) => cell !== null),
  );
  const gathered = shared.gathers
    ? gatherUpdates(tasks, shared.stored, shared.keyOf, shared.target)
    : [];

  const ordered = orderTasks(tasks, estimateDim(graph.sizes));
  return assemble(
    entry,
    ordered,
    { ...shared, cells, outputs, status },
    [
      ...notes,
      ...gathered,
      ...checks.map(
        ({ value, required }) =>
          `check that %${value.hint ?? value.id} ${required.what === "index" ? "stays inside" : "is not 0"} while running`,
      ),
    ],
    checks.map(({ op, required }) => ({ what: required.what, span: op.span })),
  );
};

/** What must be finite before anything stored is overwritten. */
const isTested = ({ kind }: EntryOutput): boolean => kind === "loss" || kind === "penalty";

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

type Parts = ModulePlan & {
  readonly cells: ReadonlyMap<Value, Cell>;
  readonly outputs: readonly (Cell | null)[];
  readonly status: Cell | null;
};

/** Numbers the slots, finds how long each is needed, and gives them memory. */
const assemble = (
  entry: Entry,
  tasks: readonly Task[],
  parts: Parts,
  notes: readonly string[],
  sites: readonly Site[],
): EntryPlan => {
  const { graph } = entry;
  const { steps, ranges } = stepsOf(tasks);
  const cellsOf = ({ task }: Step): readonly Cell[] =>
    [...task.reads, ...task.writes].map(bufferOf);
  const touched = [
    ...graph.inputs.map((value) => parts.cells.get(value)!),
    ...(parts.status === null ? [] : [parts.status]),
    ...steps.flatMap(cellsOf),
  ];
  const used = new Set([
    ...steps.flatMap(cellsOf),
    ...parts.outputs.filter((c) => c !== null),
    // The caller hands every input over, also one that no kernel turned out to need.
    ...graph.inputs.map((value) => parts.cells.get(value)!).filter((c) => c.role === "data"),
  ]);
  const slotCells = [...new Set(touched)].filter((c) => c.path === null && used.has(c));
  const slotOf = new Map(slotCells.map((c, k) => [c, k]));
  const end = steps.length;
  const uses = usesOf(steps.map(cellsOf), ranges);
  const slots = slotCells.map((cell): Slot => {
    const at = uses.get(cell) ?? [];
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
  const argOf = (cell: Cell, loops: readonly Loop[]): Arg => {
    const at = positionsOf(cell, loops);
    const { path } = bufferOf(cell);
    if (path === null) return { kind: "slot", slot: slotOf.get(bufferOf(cell))!, at };
    return { kind: "stored", path, offset: parts.stored.get(path)!.offset, at };
  };
  const dispatches = steps.map(({ task, loops }) => ({
    kernel: parts.numberOf(task.kernel),
    args: [...task.reads, ...task.writes].map((cell) => argOf(cell, loops)),
    sizes: task.kernel.sizes.map((name) => task.sizes.get(name) ?? symbol(name)),
    loops,
  }));
  const over = parts.target.inPlace ? takeOvers(steps, slots, slotOf) : slots.map(() => null);
  const placeOf = (cell: Cell): readonly number[] => {
    const slot = slotOf.get(bufferOf(cell));
    return slot === undefined ? [] : [slot];
  };
  const pairs = steps.flatMap(({ task }) =>
    task.reads
      .flatMap(placeOf)
      .flatMap((r) => task.writes.flatMap(placeOf).map((w) => [r, w] as const)),
  );
  const slabOf = chooseSlabs(slots.length, pairs, parts.target.slabs);
  const hasLoss = entry.outputs.some((o) => o.kind === "loss");
  const firstStore = steps.findIndex(({ task }) => task.writes.some((c) => c.path !== null));
  return {
    entry,
    base: parts.base,
    target: parts.target,
    slots,
    halves: new Set(),
    dispatches,
    memory: planMemory(slots, over, graph.sizes, parts.base, parts.target.alignment, slabOf),
    inputSlots: graph.inputs.map((value) => slotOf.get(parts.cells.get(value)!) ?? null),
    outputSlots: parts.outputs.map((c) => (c === null ? null : slotOf.get(c)!)),
    status: parts.status === null ? null : { slot: slotOf.get(parts.status)!, sites },
    commit: hasLoss && firstStore >= 0 ? firstStore : null,
    notes,
  };
};

/** A result may lie over an operand that is read for the last time, element by element. */
const takeOvers = (
  steps: readonly Step[],
  slots: readonly Slot[],
  slotOf: ReadonlyMap<Cell, number>,
): readonly (number | null)[] => {
  const over = slots.map((): number | null => null);
  const taken = new Set<number>();
  steps.forEach(({ task, loops }, position) => {
    // What one step of a loop reads for the last time the next step may read again.
    if (loops.length > 0) return;
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
