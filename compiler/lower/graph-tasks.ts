// A graph into tasks over cells: kernels for its fused groups, loops for its scans.

import { CompilerBug } from "../../grammar/bug.ts";
import type { Target } from "../costs/target.ts";
import type { Graph, Op, Value } from "../ir/graph.ts";
import { rowsIn } from "../kernel/buffers.ts";
import { scanAttrs } from "../ops/scan.ts";
import { estimateDim } from "../ir/estimate.ts";
import { flattenMap } from "./flat-map.ts";
import { fuse } from "./fuse.ts";
import type { Fusion } from "./fuse.ts";
import { merge } from "./merge.ts";
import { membersOf } from "./group.ts";
import type { Group } from "./group.ts";
import { orderTasks } from "./order.ts";
import type { RunTimeCheck } from "./run-time-checks.ts";
import { baseOf } from "./reads.ts";
import type { Stream } from "./streams/stream.ts";
import { scanTasks } from "./scan-tasks.ts";
import type { LowerBody, Result } from "./scan-tasks.ts";
import { copyTask, plainCell, taskOf } from "./task.ts";
import type { Cell, Task } from "./task.ts";
import { groupToKernel, kernelContext } from "./to-kernels.ts";

export type GraphTasks = {
  readonly tasks: Task[];
  readonly cellFor: (value: Value) => Cell;
  /** How it was fused: one line per decision. */
  readonly notes: readonly string[];
};

/** A task that looks at the values in a cell. */
export type CheckTask = { readonly check: RunTimeCheck; readonly task: (values: Cell) => Task };

/**
 * `cells` holds those of the graph's inputs and is filled; `checks` are for the graph and the loops in it, `scan` the
 * loop whose body it is, `streams` those of the graph. `targets`: the cell that each output is to be in; null where it
 * may be in any.
 */
export const graphTasks = (
  graph: Graph,
  cells: Map<Value, Cell>,
  checks: readonly CheckTask[],
  targets: readonly (Cell | null)[] | null,
  streams: readonly Stream[],
  target: Target,
  scan: Op | null = null,
): GraphTasks => {
  const own = checks.filter(({ check }) => check.scan === scan);
  // What is looked at must be a buffer though no output is.
  const asked = own.map(({ check }) => check.value);
  const fusion = fuse(graph, target, [...asked, ...streams.flatMap(({ sums }) => sums)]);
  const context = kernelContext(graph, fusion);
  const { groups, notes } = merge(context, target.costs, streams);
  const scans = graph.ops.filter((op) => op.name === "scan");
  const kept = keptValues(graph, fusion, groups, [...asked, ...scans.flatMap((op) => op.operands)]);
  const copies: (readonly [Value, Cell])[] = [];
  targets?.forEach((cell, k) => {
    if (cell === null) return;
    const base = baseOf(graph.outputs[k]!, fusion.aliases);
    if (cells.has(base)) copies.push([base, cell]);
    else cells.set(base, cell);
  });
  const give = (value: Value): void => {
    if (!cells.has(value))
      cells.set(value, cellOf(value.hint ?? value.def.kind, value, "temporary"));
  };
  for (const { value } of fusion.roots) if (kept.has(value)) give(value);
  const read = new Set([...graph.outputs, ...graph.ops.flatMap((op) => op.operands)]);
  for (const op of scans) op.results.filter((value) => read.has(value)).forEach(give);
  const cellFor = (value: Value): Cell => {
    const cell = cells.get(baseOf(value, fusion.aliases));
    if (cell === undefined) throw new CompilerBug(`value ${value.id} has no buffer`);
    return cell;
  };
  const outputs = new Set(graph.outputs.map((value) => baseOf(value, fusion.aliases)));
  const inner: string[] = [];
  const tasks: Task[] = [
    ...groups.flatMap((group) => {
      if (!membersOf(group).some((r) => kept.has(r.value))) return [];
      const { kernel, values } = groupToKernel(context, group, kept);
      const scratch = (name: string): Cell => {
        const { dtype, shape } = rowsIn(kernel.body).find((decl) => decl.name === name)!;
        return plainCell(name, dtype, shape);
      };
      return [
        taskOf(flattenMap(kernel), (name) => {
          const value = values.get(name);
          return value === undefined ? scratch(name) : cellFor(value);
        }),
      ];
    }),
    ...scans.flatMap((op) => {
      const results = op.results.map((value): Result | null => {
        const cell = cells.get(value);
        return cell === undefined ? null : { cell, open: !outputs.has(value) };
      });
      const lowerBody: LowerBody = (own, places) => {
        const body = { ...scanAttrs(op.attrs).body, sizes: graph.sizes };
        const made = graphTasks(body, own, checks, places, [], target, op);
        inner.push(...made.notes);
        return orderTasks(made.tasks, estimateDim(graph.sizes));
      };
      return scanTasks(op, op.operands.map(cellFor), results, lowerBody);
    }),
    ...copies.map(([value, to]) => copyTask(cellFor(value), to)),
    ...own.map(({ check, task }) => task(cellFor(check.value))),
  ];
  return { tasks, cellFor, notes: [...fusion.notes, ...notes, ...inner] };
};

export const cellOf = (name: string, value: Value, role: Cell["role"]): Cell => ({
  ...plainCell(
    name === "result" && value.def.kind === "result" ? value.def.op.name : name,
    value.type.dtype,
    value.type.shape,
  ),
  value,
  role,
});

/** Roots that the caller, another kernel or an alias reads. */
const keptValues = (
  graph: Graph,
  fusion: Fusion,
  groups: readonly Group[],
  asked: readonly Value[],
): ReadonlySet<Value> => {
  const groupOf = new Map(groups.flatMap((g) => membersOf(g).map((r) => [r, g] as const)));
  const rootOf = new Map(fusion.roots.map((r) => [r.value, r]));
  const kept = new Set([...graph.outputs, ...asked].map((v) => baseOf(v, fusion.aliases)));
  for (const [value, sites] of fusion.sites) {
    const base = baseOf(value, fusion.aliases);
    const root = rootOf.get(base);
    if (root === undefined) continue;
    const own = groupOf.get(root);
    if (base !== value || sites.some((s) => groupOf.get(s.root) !== own)) kept.add(base);
  }
  return kept;
};
