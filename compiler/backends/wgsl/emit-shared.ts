// Writes a launch as an entry point in which several lanes have each element of the grid: sums are combined in the memory of
// the workgroup, loops are shared out, and barriers stand before what reads what other lanes wrote.

import type { Dim } from "../../ir/dim.ts";
import type { DType } from "../../ir/type.ts";
import { ceilDiv, sub } from "../../ir/dim.ts";
import { rowsIn } from "../../kernel/buffers.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { depthsOf, extentsOf, letsIn } from "../../lower/statements.ts";
import { emitLoop, emitStmts } from "../emit/emit-statements.ts";
import { loopHead } from "../emit/loop-head.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import { indent } from "../indent.ts";
import type { Scope } from "../emit/scope.ts";
import { barriersBetween, createBarriers } from "./barriers.ts";
import type { Barriers } from "./barriers.ts";
import { combineFunctions, elementIn, invocationsIn, laneIn } from "./combine-lanes.ts";
import type { Combined, Team } from "./combine-lanes.ts";
import { builtins } from "./emit-launch.ts";
import { joinEndings, noEnding } from "./endings.ts";
import type { EndingLines } from "./endings.ts";
import { totalOf } from "../../lower/launch.ts";
import { asStmts, flatSteps, laneSteps, rootsOfSteps, rootsOfSums } from "./lane-steps.ts";
import type { FlatStep, LaneStep, LaneSum, Stored } from "./lane-steps.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import { isThere, laneAxis } from "./share-out.ts";
import { arrayFor, arraysFor, partTypeOf } from "./shared-steps.ts";
import type { SharedLaunch } from "./shared-steps.ts";
import { castText } from "./spelling.ts";

type SharedNames = {
  readonly entryPoint: string;
  readonly taken: readonly string[];
  /** A name for something at the top of the module. */
  readonly fresh: (name: string) => string;
};

type EmittedShared = {
  readonly lines: readonly string[];
  /** Functions that it calls to combine lanes. */
  readonly subgroups: EndingLines;
  readonly workgroups: Dim;
};

export const emitShared = (
  kernel: Kernel,
  { grid, steps, rows }: SharedLaunch,
  team: Team,
  memory: Memory,
  { entryPoint, taken, fresh }: SharedNames,
): EmittedShared => {
  const total = totalOf(grid);
  const own = laneSteps(grid, steps, team);
  const stmts = asStmts(own);
  const arrays = [...arraysFor(steps)].map(([key, type]) => ({
    key,
    name: fresh(`${entryPoint}_parts`),
    type,
  }));
  const functionNames = combiningIn(own).map(() => fresh(`${entryPoint}_combine`));
  const writer = createLaunchWriter(
    kernel,
    memory,
    [...taken, ...arrays.map(({ name }) => name), ...functionNames],
    "0",
  );
  const { emitter, size, names } = writer;
  const depths = depthsOf(stmts);
  const variables = grid.map(({ name, extent }, depth) => writer.axis(name, extent, depth));
  const lane = writer.axis(laneAxis, team.lanes, grid.length);
  for (const [name, extent] of extentsOf(stmts))
    writer.axis(name, extent, grid.length + 1 + depths.get(name)!);
  for (const name of [...letsIn(stmts), isThere.name]) writer.stand(name, names.fresh(name));
  const known = [...writer.known, ...grid.map(({ name }) => name), laneAxis, isThere.name];
  const scope = openScope(null, known);
  const inWorkgroup = new Set(rows.map(({ name }) => name));
  const flat = flatSteps(writer, own, storedIn(kernel, memory), inWorkgroup);
  emitter.begin(rootsOfSteps(flat));
  const parts: Parts = {
    team,
    arrays: new Map(arrays.map(({ key, name }) => [key, name])),
    names: functionNames,
    functions: [],
    areUsed: false,
  };
  emitSteps(writer, parts, flat, scope, createBarriers());
  const combining = joinEndings(parts.functions);
  const place = placeLines(writer, team, total, grid.length > 0);
  const positions = positionLines(
    grid.map(({ extent }, k) => ({ name: variables[k]!, extent: size(extent) })),
    place.element,
  );
  const lines = [
    `let ${lane} = i32(${laneIn(team)});`,
    ...place.lines,
    ...positions,
    ...scope.lines,
  ];
  return {
    workgroups: ceilDiv(total, team.elements),
    subgroups: team.isAlong
      ? { on: indent(combining.on, 0), off: indent(combining.off, 0) }
      : noEnding,
    lines: [
      ...arrays.map(
        ({ name, type }) => `var<workgroup> ${name}: array<${type}, ${invocationsIn(team)}>;`,
      ),
      "",
      ...(team.isAlong ? [] : combining.off),
      `@compute @workgroup_size(${invocationsIn(team)})`,
      `fn ${entryPoint}(${builtins}) {`,
      ...writer.numbersIn(lines),
      ...lines,
      "}",
    ],
  };
};

/** Each is combined by a function of its own. */
const combiningIn = (steps: readonly LaneStep[]): readonly LaneStep[] =>
  steps.flatMap((s) => {
    if (s.kind === "rounds") return combiningIn(s.steps);
    return s.kind === "sums" ? [s] : [];
  });

/** A result may lie over an operand in one piece of memory, as what is stored lies over what it was. */
const storedIn = ({ params, results, body }: Kernel, { bindings }: Memory): Stored => {
  const own = [...results, ...rowsIn(body)].map(({ name }) => [name, [name]] as const);
  const resultNames = new Set(results.map(({ name }) => name));
  const beside = params.map(({ name }) => {
    const piece = bindings.find((b) => b.kind === "piece" && b.buffers.includes(name));
    const buffers = piece?.kind === "piece" ? piece.buffers : [];
    return [name, buffers.filter((other) => resultNames.has(other))] as const;
  });
  return new Map<string, readonly string[]>([...own, ...beside]);
};

/** A barrier has to be reached by all: those without an element do what the last one does, and store nothing. */
const placeLines = (
  { size, names, emitter }: LaunchWriter,
  { elements, lanes, isAlong }: Team,
  total: Dim,
  isGrid: boolean,
): { readonly lines: readonly string[]; readonly element: string } => {
  const [element, workgroup] = ["element", "i32(group.y * groups.x + group.x)"];
  if (elements === 1 && !isGrid) return { lines: [], element };
  const end = bare(size(total));
  if (elements === 1)
    return {
      lines: [`let ${element} = ${workgroup};`, `if (${element} >= ${end}) {`, "return;", "}"],
      element,
    };
  const position = names.fresh("position");
  const within = `i32(${elementIn({ elements, lanes, isAlong })})`;
  return {
    lines: [
      `let ${position} = ${workgroup} * ${elements} + ${within};`,
      `let ${emitter.variable(isThere.name)} = ${position} < ${end};`,
      `let ${element} = min(${position}, ${bare(size(sub(total, 1)))});`,
    ],
    element,
  };
};

/** Where lanes leave what they have of a sum. */
type Parts = {
  readonly team: Team;
  /** In workgroup memory, by `arrayFor`. */
  readonly arrays: ReadonlyMap<string, string>;
  /** Names of the functions that combine them, and those that are written. */
  readonly names: readonly string[];
  readonly functions: EndingLines[];
  /** Whether one may still be read. */
  areUsed: boolean;
};

const emitSteps = (
  writer: LaunchWriter,
  parts: Parts,
  steps: readonly FlatStep[],
  scope: Scope,
  barriers: Barriers,
): void => {
  for (const s of steps) {
    scope.lines.push(...barriers.before(s.uses));
    switch (s.kind) {
      case "stmts":
        emitStmts(writer, s.stmts, scope);
        break;
      case "sums":
        emitSums(writer, parts, s.sums, scope, barriers.passed());
        break;
      case "rounds": {
        const head = loopHead(writer.emitter, s.axis, scope);
        const inner = openScope(scope, [s.axis.name]);
        inner.lines.push(...barriersBetween(s.uses));
        parts.areUsed = true;
        emitSteps(writer, parts, s.steps, inner, createBarriers());
        emitLoop(scope, head, inner);
      }
    }
  }
};

const emitSums = (
  { emitter }: LaunchWriter,
  parts: Parts,
  sums: readonly LaneSum[],
  scope: Scope,
  haveToWait: boolean,
): void => {
  emitter.beginRun(rootsOfSums(sums));
  const { team, areUsed, functions } = parts;
  const { language, variable } = emitter;
  const positions: string[] = [];
  const all = sums.map(({ name, op, part, value }, k): Combined & { readonly whole: string } => {
    const type = partTypeOf(op, part.dtype);
    const array = parts.arrays.get(arrayFor(type, k))!;
    const own = emitter.text(part, scope);
    if (value === null) {
      const whole = variable(name);
      scope.lines.push(language.variable(whole, part.dtype, own));
      return { op, type, array, whole };
    }
    const whole = variable(`${name}.value`);
    const pair = `vec2i(${orderText(value.dtype, emitter.text(value, scope))}, ${bare(own)})`;
    scope.lines.push(`var ${whole} = ${pair};`);
    positions.push(language.constant(variable(name), `${whole}.y`));
    return { op, type, array, whole };
  });
  const name = parts.names[functions.length]!;
  functions.push(combineFunctions(team, { name, all, areUsed, haveToWait }));
  parts.areUsed = true;
  const args = [...all.map(({ whole }) => `&${whole}`), "member"];
  scope.lines.push(`${name}(${args.join(", ")});`, ...positions);
  for (const { name } of sums) scope.binds.add(name);
};

/** A whole number in the order of values. */
const orderText = (dtype: DType, value: string): string =>
  dtype === "f32" ? `orderOf(${bare(value)})` : bare(castText(dtype, "i32", value));
