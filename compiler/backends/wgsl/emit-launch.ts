// Writes one launch of a kernel as an entry point: an invocation finds out which element of the grid it has, or which four
// neighbours, and does that.

import { ceilDiv, floorDiv } from "../../ir/dim.ts";
import type { Dim } from "../../ir/dim.ts";
import { axis } from "../../kernel/build.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { depthsOf, extentsOf, letsIn } from "../../lower/statements.ts";
import { bare } from "../emit/parens.ts";
import { groupSize } from "../../../runtime/webgpu/workgroups.ts";
import { fourOf, inGroups } from "./four-positions.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis, Launch } from "../../lower/launch.ts";
import { inFours } from "./in-fours.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import { lanes } from "./rows.ts";
import { emitted, emittedFlat } from "./store-sums.ts";
import { estimate } from "./tiles.ts";
import { addReached, vectorsIn } from "./vectors.ts";

const [element, lane] = ["element", "lane"];

/** `lines`: of an entry point. `elements`: one invocation for each, where there is a grid. */
export type EmittedLaunch = { readonly lines: readonly string[]; readonly elements: Dim };

/** `taken`: names that stand for something else. */
export const emitLaunch = (
  kernel: Kernel,
  launch: Launch,
  memory: Memory,
  entryPoint: string,
  taken: readonly string[],
): EmittedLaunch => {
  const { grid, body } = launch;
  const fours = emitFours(kernel, launch, memory, entryPoint, taken);
  if (fours !== null) return fours;
  const writer = createLaunchWriter(kernel, memory, taken, grid.length === 0 ? "0" : lane);
  declareAxes(writer, body, grid);
  for (const name of letsIn(body)) writer.stand(name, writer.names.fresh(name));
  const inner = [
    ...positionsOf(writer, grid),
    ...emitted(
      writer,
      body,
      grid.map(({ name }) => name),
    ),
  ];
  const total = totalOf(grid);
  const lines = grid.length === 0 ? inner : within(inner, bare(writer.size(total)), memory);
  return { lines: entryLines(writer, entryPoint, grid, lines), elements: total };
};

/** From so many elements on there are enough invocations if each has four. */
const manyElements = 65_536;

/**
 * Neighbours along the innermost axis that are one vector wherever they lie; null where they are not, or are too few.
 * A grid of one axis may end within a group: what is bound does not.
 */
const emitFours = (
  kernel: Kernel,
  { grid, body }: Launch,
  memory: Memory,
  entryPoint: string,
  taken: readonly string[],
): EmittedLaunch | null => {
  if (memory.vectors.buffers.size === 0 || hasLanes(memory)) return null;
  const whole = inGroups(grid);
  const groups = whole ?? wholeGroupsOf(grid);
  if (groups === null || !isMany(grid)) return null;
  const vectors = vectorsIn(memory.vectors.buffers);
  const writer = createLaunchWriter(kernel, { ...memory, vectors }, taken, lane);
  const own = groups.map((a, k) => (k < grid.length - 1 ? a : { ...a, name: `${a.name}4` }));
  declareAxes(writer, body, own);
  const renaming = new Map(groups.map(({ name }, k) => [name, axis(own[k]!.name)]));
  const parts = fourOf(groups, renaming).map((part) => part.renaming);
  const stmts = inFours(writer, body, { parts, loadsWhole: true });
  if (stmts === null) return null;
  addReached(memory.vectors.reached, vectors.reached);
  const inner = [
    ...positionsOf(writer, own),
    ...emittedFlat(
      writer,
      stmts,
      own.map(({ name }) => name),
    ),
  ];
  const elements = ceilDiv(totalOf(grid), 4);
  const { size } = writer;
  const isBeyond =
    whole === null
      ? `${element} * 4 >= ${bare(size(totalOf(grid)))}`
      : `${element} >= ${bare(size(elements))}`;
  const lines = beyondNothing(inner, isBeyond);
  return { lines: entryLines(writer, entryPoint, grid, lines), elements };
};

/** Those of one axis that are not cut off, so that its elements are known to be in their buffers. */
const wholeGroupsOf = ([only, ...others]: readonly GridAxis[]): readonly GridAxis[] | null =>
  only === undefined || others.length > 0
    ? null
    : [{ name: only.name, extent: floorDiv(only.extent, 4) }];

/** How many a map has may be open: it serves all sizes. */
const isMany = (grid: readonly GridAxis[]): boolean => {
  const total = totalOf(grid);
  const isOpen = grid.length === 1 && typeof total !== "number";
  return isOpen || estimate(total) >= manyElements;
};

const declareAxes = (
  writer: LaunchWriter,
  body: readonly Stmt[],
  grid: readonly GridAxis[],
): void => {
  const depths = depthsOf(body);
  const inBody = [...extentsOf(body)].map(([name, extent]) => ({
    name,
    extent,
    depth: depths.get(name)! + grid.length,
  }));
  const inGrid = grid.map(({ name, extent }, depth) => ({ name, extent, depth }));
  for (const { name, extent, depth } of [...inBody, ...inGrid]) writer.axis(name, extent, depth);
};

const positionsOf = (
  { emitter, size }: LaunchWriter,
  grid: readonly GridAxis[],
): readonly string[] =>
  positionLines(
    grid.map(({ name, extent }) => ({ name: emitter.variable(name), extent: size(extent) })),
    element,
  );

const entryLines = (
  writer: LaunchWriter,
  entryPoint: string,
  grid: readonly GridAxis[],
  lines: readonly string[],
): readonly string[] => [
  `@compute @workgroup_size(${grid.length === 0 ? 1 : groupSize})`,
  `fn ${entryPoint}(${grid.length === 0 ? "" : builtins}) {`,
  ...writer.numbersIn(lines),
  ...lines,
  "}",
];

export const builtins =
  "@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32";
const invocation = `i32((group.y * groups.x + group.x) * ${groupSize}u + member)`;

/** Each lane has scratch of its own, so with scratch a lane takes one element of the grid after the other. */
const within = (body: readonly string[], total: string, memory: Memory): readonly string[] =>
  hasLanes(memory)
    ? [
        `let ${lane} = ${invocation};`,
        `for (var ${element} = ${lane}; ${element} < ${total}; ${element} += ${lanes}) {`,
        ...body,
        "}",
      ]
    : beyondNothing(body, `${element} >= ${total}`);

const beyondNothing = (body: readonly string[], isBeyond: string): readonly string[] => [
  `let ${element} = ${invocation};`,
  `if (${isBeyond}) {`,
  "return;",
  "}",
  ...body,
];

export const hasLanes = ({ rows }: Memory): boolean => rows.perLane !== 0;
