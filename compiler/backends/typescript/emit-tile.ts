// Writes nests whose inner loops advance by a tile: several elements per step, and the ragged ends.

import { sub } from "../../ir/dim.ts";
import { addI, axis as axisOf, int } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { emitLoop, emitStmts, flattenAll, rootsOf } from "./emit-statements.ts";
import type { KernelWriter } from "./emit-statements.ts";
import { loopHead } from "./loop-head.ts";
import { openScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Nest, Store, TileAxis } from "./tile.ts";

export const emitTiled = (
  writer: KernelWriter,
  nest: Nest,
  tile: readonly TileAxis[],
  scope: Scope,
): void => emitOuterLoops(writer, nest, tile, 0, scope);

/** Loops that are not tiled, then the tile: their order is free because iterations are independent. */
const emitOuterLoops = (
  writer: KernelWriter,
  nest: Nest,
  tile: readonly TileAxis[],
  position: number,
  scope: Scope,
): void => {
  const outer = nest.axes.filter((a) => tile.every((t) => t.name !== a.name));
  const axis = outer[position];
  if (axis === undefined) {
    emitTile(writer, nest.stores, tile, scope, new Map());
    return;
  }
  const range = writer.flat.range(axis.range);
  const head = loopHead(writer.emitter, { ...axis, range }, scope);
  const inner = openScope(scope, [axis.name]);
  emitOuterLoops(writer, nest, tile, position + 1, inner);
  emitLoop(scope, head, inner);
};

/** Values an axis takes within one step of its loop. */
type Lanes = ReadonlyMap<string, readonly Expr[]>;

const lanesFrom = (start: Expr, width: number): readonly Expr[] =>
  Array.from({ length: width }, (_, lane) => addI(start, int(lane)));

/** Whole tiles along an axis, then what is left: of a known size in one step, else one by one. */
const emitTile = (
  writer: KernelWriter,
  stores: readonly Store[],
  tile: readonly TileAxis[],
  scope: Scope,
  lanes: Lanes,
): void => {
  const [axis, ...rest] = tile;
  if (axis === undefined) {
    emitLanes(writer, stores, lanes, scope);
    return;
  }
  const within = (inner: Scope, values: readonly Expr[]): void =>
    emitTile(writer, stores, rest, inner, new Map([...lanes, [axis.name, values]]));
  const name = writer.emitter.variable(axis.name);
  const { extent, width } = axis;
  const loop = (from: string, end: string, step: number): void => {
    const inner = openScope(scope, [axis.name]);
    writer.extents.set(axis.name, sub(extent, step - 1));
    within(inner, lanesFrom(axisOf(axis.name), step));
    const advance = step === 1 ? `${name}++` : `${name} += ${step}`;
    emitLoop(scope, `let ${name} = ${from}; ${name} < ${end}; ${advance}`, inner);
  };
  if (typeof extent === "number") {
    const whole = extent - (extent % width);
    if (whole === width) within(scope, lanesFrom(int(0), width));
    else if (whole > 0) loop("0", String(whole), width);
    if (whole < extent) within(scope, lanesFrom(int(whole), extent - whole));
    return;
  }
  const size = writer.emitter.size(extent);
  const end = writer.emitter.names.fresh(`${name}End`);
  scope.lines.push(`const ${end} = ${size} - (${size} % ${width});`);
  loop("0", end, width);
  loop(end, size, 1);
};

/** One statement per combination of lanes; reductions of all lanes run in one loop. */
const emitLanes = (
  writer: KernelWriter,
  stores: readonly Store[],
  lanes: Lanes,
  scope: Scope,
): void => {
  const combinations = [...lanes].reduce<readonly ReadonlyMap<string, Expr>[]>(
    (found, [name, values]) =>
      found.flatMap((have) => values.map((value) => new Map([...have, [name, value]]))),
    [new Map()],
  );
  const flat = combinations.flatMap((lane) => {
    const replace = createRebuild((e) => (e.kind === "axis" ? (lane.get(e.name) ?? null) : null));
    return flattenAll(
      writer,
      stores.map((s) => ({ ...s, index: s.index.map(replace), value: replace(s.value) })),
    );
  });
  writer.emitter.begin(flat.flatMap(rootsOf));
  emitStmts(writer, flat, scope);
};
