// Writes the functions that store results of a contraction: what is made of four neighbouring sums of a row, and one element.

import { exactDiv } from "../../ir/dim.ts";
import { local } from "../../kernel/build.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel, Stmt } from "../../kernel/kernel.ts";
import { emitStmts, flattenAll, rootsOf } from "../emit/emit-statements.ts";
import type { FlatStmt } from "../emit/emit-statements.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import type { Contraction } from "../../lower/contraction.ts";
import { fourPositions } from "./four-positions.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { storesOfFour } from "./in-fours.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import type { PositionAxis } from "./positions.ts";
import { takenBy } from "./tile-frame.ts";
import type { Block, TileNames } from "./tile-frame.ts";

/** All functions that entry points of a contraction call, with a line between two. `blocks`: the tiles it may be computed in. */
export const emitStores = (
  kernel: Kernel,
  contraction: Contraction,
  memory: Memory,
  names: TileNames,
  blocks: readonly Pick<Block, "rows" | "columns">[],
): readonly string[] => {
  const taken = takenBy(names);
  const { store, alone } = names;
  const isWhole = (side: "rows" | "columns"): boolean =>
    blocks.every((block) => exactDiv(totalOf(contraction[side]), block[side]) !== null);
  return [
    ...storeSums(
      kernel,
      contraction,
      memory,
      { store, taken },
      { rows: isWhole("rows"), columns: isWhole("columns") },
    ),
    ...(contraction.isMasked
      ? ["", ...storeAlone(kernel, contraction, memory, { alone, taken })]
      : []),
  ];
};

/** No name of a kernel has a dot. */
export const sumsName = "four.sums";

/** `isWhole`: whether each tile lies inside the result along rows, and along columns. */
const storeSums = (
  kernel: Kernel,
  contraction: Contraction,
  memory: Memory,
  { store, taken }: { readonly store: string; readonly taken: readonly string[] },
  isWhole: { readonly rows: boolean; readonly columns: boolean },
): readonly string[] => {
  const { batch, rows, columns } = contraction;
  const writer = createLaunchWriter(kernel, memory, taken, "0");
  const [row, column, sums] = ["row", "column", "sums"].map((n) => writer.names.fresh(n));
  const [batchNames, rowNames] = [batch, rows].map((axes) =>
    axes.map((a) => writer.axis(a.name, a.extent, 0)),
  );
  const four = fourPositions(writer, columns, {
    prefix: "",
    depth: 1,
    start: column!,
    isInside: isWhole.columns,
  });
  const together = exactDiv(columns.at(-1)!.extent, 4) !== null;
  writer.vectors.stand(sumsName, sums!);
  const sumAt = (e: Expr, k: number): Expr | null =>
    e.kind === "reduce" ? local(`${sumsName}.${k}`, "f32") : null;
  const known = [
    ...[...batch, ...rows].map((a) => a.name),
    ...four.binds,
    sumsName,
    ...four.parts.map((_, k) => `${sumsName}.${k}`),
  ];
  const body = [
    ...returnOutside([
      ...(isWhole.rows ? [] : [{ position: row!, axes: rows }]),
      ...(isWhole.columns || !together ? [] : [{ position: column!, axes: columns }]),
    ])(writer),
    ...positionLines(extentTexts(writer, rows, rowNames!), row!),
    ...four.lines,
    ...emittedFlat(writer, storesOfFour(writer, contraction.stores, four.parts, sumAt), known),
  ];
  const params = [...batchNames!, row!, column!].map((variable) => `${variable}: i32`);
  return [
    `fn ${store}(${[...params, `${sums}: vec4f`].join(", ")}) {`,
    ...writer.numbersIn(body),
    ...body,
    "}",
  ];
};

/** The function that computes and stores one element without a tile. */
const storeAlone = (
  kernel: Kernel,
  { batch, rows, columns, sum, stores }: Contraction,
  memory: Memory,
  { alone, taken }: { readonly alone: string; readonly taken: readonly string[] },
): readonly string[] => {
  const writer = createLaunchWriter(kernel, memory, taken, "0");
  const [row, column] = ["row", "column"].map((n) => writer.names.fresh(n));
  const [batchNames, rowNames, columnNames] = [batch, rows, columns].map((axes) =>
    axes.map((a) => writer.axis(a.name, a.extent, 0)),
  );
  for (const a of sum.axes) writer.axis(a.name, a.extent, 1);
  const body = [
    ...returnOutside([
      { position: row!, axes: rows },
      { position: column!, axes: columns },
    ])(writer),
    ...positionLines(extentTexts(writer, rows, rowNames!), row!),
    ...positionLines(extentTexts(writer, columns, columnNames!), column!),
    ...emitted(
      writer,
      stores,
      [...batch, ...rows, ...columns].map(({ name }) => name),
    ),
  ];
  const params = [...batchNames!, row!, column!].map((variable) => `${variable}: i32`);
  return [`fn ${alone}(${params.join(", ")}) {`, ...writer.numbersIn(body), ...body, "}"];
};

export const emitted = (
  writer: LaunchWriter,
  stmts: readonly Stmt[],
  known: readonly string[],
): readonly string[] => emittedFlat(writer, flattenAll(writer, stmts), known);

export const emittedFlat = (
  writer: LaunchWriter,
  stmts: readonly FlatStmt[],
  known: readonly string[],
): readonly string[] => {
  const scope = openScope(null, [...writer.known, ...known]);
  writer.emitter.begin(stmts.flatMap(rootsOf));
  emitStmts(writer, stmts, scope);
  return scope.lines;
};

const extentTexts = (
  { size }: LaunchWriter,
  axes: readonly GridAxis[],
  variables: readonly string[],
): readonly PositionAxis[] => axes.map((a, k) => ({ name: variables[k]!, extent: size(a.extent) }));

type Checked = { readonly position: string; readonly axes: readonly GridAxis[] };

/** Ends a function where a position lies beyond its axes. */
export const returnOutside =
  (checked: readonly Checked[]) =>
  ({ size }: LaunchWriter): readonly string[] => {
    const conditions = checked.map(
      ({ position, axes }) => `${position} >= ${bare(size(totalOf(axes)))}`,
    );
    return conditions.length === 0 ? [] : [`if (${conditions.join(" || ")}) {`, "return;", "}"];
  };
