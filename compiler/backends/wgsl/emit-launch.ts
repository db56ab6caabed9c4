// Writes one launch of a kernel as an entry point: an invocation finds out which element of the grid it has, and does that.

import type { Dim } from "../../ir/dim.ts";
import { product } from "../../ir/dim.ts";
import { buffersOf } from "../../kernel/buffers.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { createInterner } from "../../lower/intern.ts";
import { depthsOf, extentsOf, letsIn } from "../../lower/statements.ts";
import { createEmitter } from "../emit/emit-expr.ts";
import { emitStmts, flattenAll, rootsOf } from "../emit/emit-statements.ts";
import { createFlat } from "../emit/flatten.ts";
import { createNames } from "../emit/names.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import { createSizeText } from "./emit-size.ts";
import { groupSize } from "../../../runtime/webgpu/workgroups.ts";
import type { Launch } from "./grid.ts";
import { createLanguage } from "./language.ts";
import type { Memory } from "./memory.ts";
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
  const decls = buffersOf(kernel);
  const buffers = new Map(decls.map((d) => [d.name, d]));
  const names = createNames([...taken, ...memory.declared]);
  const variables = new Map<string, string>();
  const given = memory.numbers.map((number, k) => {
    const name = number.kind === "size" ? number.name : number.buffer;
    const variable = names.fresh(name);
    variables.set(name, variable);
    return { variable, line: `let ${variable} = ${memory.number(k)};` };
  });
  const size = createSizeText((symbol) => variables.get(symbol)!);
  const extents = extentsOf(body);
  for (const { name, extent } of grid) extents.set(name, extent);
  for (const name of [...extents.keys(), ...letsIn(body)]) variables.set(name, names.fresh(name));
  const starts = new Map([...memory.apart].map((name) => [name, 0]));
  const depths = new Map([
    ...[...depthsOf(body)].map(([name, depth]) => [name, depth + grid.length] as const),
    ...grid.map(({ name }, depth) => [name, depth] as const),
  ]);
  const flat = createFlat(buffers, starts, extents, depths, createInterner());
  const emitter = createEmitter({
    flat,
    names,
    variables,
    language: createLanguage({
      dtypeOf: (buffer) => buffers.get(buffer)!.dtype,
      places: memory.placesFor(size, grid.length === 0 ? "0" : lane),
      size,
      extents,
    }),
    panels: new Map(),
    stored: new Set(decls.slice(kernel.params.length).map((d) => d.name)),
  });
  const scope = openScope(null, [...decls.map((d) => d.name), ...grid.map(({ name }) => name)]);
  const writer = { emitter, flat, panels: new Map() };
  const stmts = flattenAll(writer, body);
  emitter.begin(stmts.flatMap(rootsOf));
  emitStmts(writer, stmts, scope);
  const positions = gridLines(
    grid.map(({ name, extent }) => ({ name: variables.get(name)!, extent: size(extent) })),
  );
  const total = bare(size(product(grid.map(({ extent }) => extent))));
  const inner = [...positions, ...scope.lines];
  const lines = grid.length === 0 ? inner : within(inner, total, memory);
  const text = lines.join("\n");
  const used = given.filter(({ variable }) => new RegExp(`\\b${variable}\\b`).test(text));
  return [
    `@compute @workgroup_size(${grid.length === 0 ? 1 : groupSize})`,
    `fn ${entryPoint}(${grid.length === 0 ? "" : builtins}) {`,
    ...used.map(({ line }) => line),
    ...lines,
    "}",
  ];
};

const builtins =
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

/** The innermost axis runs fastest. */
const gridLines = (
  axes: readonly { readonly name: string; readonly extent: string }[],
): readonly string[] =>
  axes.map(({ name, extent }, k) => {
    const inner = axes.slice(k + 1).map((a) => a.extent);
    const by = inner.length === 1 ? inner[0]! : `(${inner.join(" * ")})`;
    const rest = inner.length === 0 ? element : `${element} / ${by}`;
    if (k === 0) return `let ${name} = ${rest};`;
    return `let ${name} = ${inner.length === 0 ? rest : `(${rest})`} % ${extent};`;
  });

/** None where an axis is empty, 1 where there is no grid. */
export const elementsOf = ({ grid }: Launch): Dim => product(grid.map(({ extent }) => extent));
