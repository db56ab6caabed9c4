// Writes one launch of a kernel as an entry point: an invocation finds out which element of the grid it has, and does that.

import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { depthsOf, extentsOf, letsIn } from "../../lower/statements.ts";
import { emitStmts, flattenAll, rootsOf } from "../emit/emit-statements.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import { groupSize } from "../../../runtime/webgpu/workgroups.ts";
import { totalOf } from "./grid.ts";
import type { Launch } from "./grid.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import { lanes } from "./rows.ts";

const [element, lane] = ["element", "lane"];

/** The lines of an entry point. `taken`: names that stand for something else. */
export const emitLaunch = (
  kernel: Kernel,
  { grid, body }: Launch,
  memory: Memory,
  entryPoint: string,
  taken: readonly string[],
): readonly string[] => {
  const writer = createLaunchWriter(kernel, memory, taken, grid.length === 0 ? "0" : lane);
  const { emitter, size } = writer;
  const depths = depthsOf(body);
  const inBody = [...extentsOf(body)].map(([name, extent]) => ({
    name,
    extent,
    depth: depths.get(name)! + grid.length,
  }));
  const inGrid = grid.map(({ name, extent }, depth) => ({ name, extent, depth }));
  for (const { name, extent, depth } of [...inBody, ...inGrid]) writer.axis(name, extent, depth);
  for (const name of letsIn(body)) writer.stand(name, writer.names.fresh(name));
  const scope = openScope(null, [...writer.known, ...grid.map(({ name }) => name)]);
  const stmts = flattenAll(writer, body);
  emitter.begin(stmts.flatMap(rootsOf));
  emitStmts(writer, stmts, scope);
  const positions = positionLines(
    grid.map(({ name, extent }) => ({ name: emitter.variable(name), extent: size(extent) })),
    element,
  );
  const total = bare(size(totalOf(grid)));
  const inner = [...positions, ...scope.lines];
  const lines = grid.length === 0 ? inner : within(inner, total, memory);
  return [
    `@compute @workgroup_size(${grid.length === 0 ? 1 : groupSize})`,
    `fn ${entryPoint}(${grid.length === 0 ? "" : builtins}) {`,
    ...writer.numbersIn(lines),
    ...lines,
    "}",
  ];
};

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
    : [`let ${element} = ${invocation};`, `if (${element} >= ${total}) {`, "return;", "}", ...body];

export const hasLanes = ({ rows }: Memory): boolean => rows.perLane !== 0;

/** None where an axis is empty, 1 where there is no grid. */
export const elementsOf = ({ grid }: Launch): Dim => totalOf(grid);
