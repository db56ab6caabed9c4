// What a contraction in tiles has around its multiplications: which tile a workgroup has, copies of both operands to its
// memory, and the loop over the depth.

import type { Dim } from "../../ir/dim.ts";
import { ceilDiv, product } from "../../ir/dim.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import type { Contraction } from "../../lower/contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import { createDepthPositions, stageOperand } from "./stage-operand.ts";
import type { DepthPositions, Group, Operand, Staging } from "./stage-operand.ts";

/** Names that no variable in the code of a tile may have. */
export type TileNames = {
  readonly entryPoint: string;
  readonly store: string;
  readonly alone: string;
  readonly left: string;
  readonly right: string;
  readonly taken: readonly string[];
};

export const takenBy = ({ taken, ...own }: TileNames): readonly string[] => [
  ...taken,
  ...Object.values(own),
];

/** What a workgroup computes, how much of the sum it has in its memory at once, and its invocations. */
export type Block = {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly invocations: number;
};

type Place = Omit<Group, "words">;
/** Lines that put four words where the copy of an operand has them. */
type KeepWords = (place: Place, words: readonly string[]) => readonly string[];
type KeepVector = { readonly vector: (place: Place, vector: string) => readonly string[] };
export type Keep = KeepWords | KeepVector;

/** Groups of four words are vectors, those of a step one after the other. */
export const keepVectors = (array: string, stride: number): KeepVector => ({
  vector: ({ step, group }, text) => [`${array}[${step} * ${stride}u + ${group}] = ${text};`],
});

export type TileFrame = {
  readonly writer: LaunchWriter;
  /** Variables: batch axes, and which tile of rows and of columns it is. */
  readonly batch: readonly string[];
  readonly rowTile: string;
  readonly columnTile: string;
  /** Names for the first row and column of an invocation. */
  readonly row: string;
  readonly column: string;
  /** One workgroup for each. */
  readonly tiles: Dim;
  /** Lines of the entry point. `multiply`: with what is copied; barriers stand around it. */
  readonly body: (parts: {
    readonly before: readonly string[];
    readonly multiply: readonly string[];
    readonly after: readonly string[];
  }) => readonly string[];
};

export const openTile = (
  kernel: Kernel,
  contraction: Contraction,
  block: Block,
  memory: Memory,
  taken: readonly string[],
  keep: { readonly left: Keep; readonly right: Keep },
): TileFrame => {
  const { batch, rows, columns, left, right } = contraction;
  const writer = createLaunchWriter(kernel, memory, taken, "0");
  const { size } = writer;
  const fresh = writer.names.fresh;
  const [rowTile, columnTile, step] = [fresh("rowTile"), fresh("columnTile"), fresh("step")];
  const [row, column, tileAt] = [fresh("row"), fresh("column"), fresh("tile")];
  const counts = {
    rows: ceilDiv(totalOf(rows), block.rows),
    columns: ceilDiv(totalOf(columns), block.columns),
    steps: ceilDiv(totalOf(contraction.depth), block.depth),
  };
  const tiles = product([totalOf(batch), counts.rows, counts.columns]);
  const batchVariables = batch.map(({ name, extent }) => writer.axis(name, extent, 0));
  const places = positionLines(
    [
      ...batch.map(({ extent }, k) => ({ name: batchVariables[k]!, extent: size(extent) })),
      { name: rowTile, extent: size(counts.rows) },
      { name: columnTile, extent: size(counts.columns) },
    ],
    tileAt,
  );
  const depth = createDepthPositions(writer, {
    axes: contraction.depth,
    words: block.depth,
    start: `i32(${step}) * ${block.depth}`,
  });
  const operands: readonly (Operand & { readonly keep: Keep })[] = [
    {
      name: "left",
      factor: left,
      axes: rows,
      words: block.rows,
      start: `${rowTile} * ${block.rows}`,
      group: `${rowTile} * ${block.rows / 4}`,
      keep: keep.left,
    },
    {
      name: "right",
      factor: right,
      axes: columns,
      words: block.columns,
      start: `${columnTile} * ${block.columns}`,
      group: `${columnTile} * ${block.columns / 4}`,
      keep: keep.right,
    },
  ];
  const staged = operands.map((operand) => ({
    ...stageOperand(writer, operand, depth, block.invocations),
    keep: operand.keep,
  }));
  const copies = emitCopies(writer, staged, depth, [
    ...writer.known,
    ...batch.map(({ name }) => name),
  ]);
  return {
    writer,
    batch: batchVariables,
    rowTile,
    columnTile,
    row,
    column,
    tiles,
    body: ({ before, multiply, after }) => [
      `let ${tileAt} = i32(group.y * groups.x + group.x);`,
      `if (${tileAt} >= ${bare(size(tiles))}) {`,
      "return;",
      "}",
      ...places,
      ...copies.before,
      ...before,
      ...depthLoop(writer, counts.steps, step, [
        ...copies.within,
        "workgroupBarrier();",
        ...multiply,
        "workgroupBarrier();",
      ]),
      ...after,
    ],
  };
};

/** A counter that goes up by 1 to a literal is known to end: other loops are counted again by what compiles the shader. */
export const depthLoop = (
  { size, names }: LaunchWriter,
  steps: Dim,
  step: string,
  body: readonly string[],
): readonly string[] => {
  const head = (end: string): string => `for (var ${step} = 0u; ${step} < ${end}u; ${step}++) {`;
  if (typeof steps === "number") return [head(String(steps)), ...body, "}"];
  const count = names.fresh("steps");
  return [
    `let ${count} = u32(${bare(size(steps))});`,
    head("2147483647"),
    `if (${step} >= ${count}) {`,
    "break;",
    "}",
    ...body,
    "}",
  ];
};

type Kept = {
  readonly values: readonly Expr[];
  readonly lines: (texts: readonly string[]) => readonly string[];
};

type Copies = { readonly before: readonly string[]; readonly within: readonly string[] };

/** What does not change from step to step is computed before the loop. */
export const emitCopies = (
  { emitter, flat, vectors }: LaunchWriter,
  staged: readonly (Staging & { readonly keep: Keep })[],
  depth: DepthPositions,
  known: readonly string[],
): Copies => {
  const outer = openScope(null, [...known, ...staged.flatMap((s) => s.binds)], false, true);
  outer.lines.push(...staged.flatMap((s) => s.lines));
  const inner = openScope(
    outer,
    depth.all().flatMap((d) => d.binds),
  );
  inner.lines.push(...depth.all().flatMap((d) => d.lines));
  const kept = staged.flatMap(({ keep, groups }) =>
    groups.map(({ words, ...place }): Kept => {
      const values = words.map(flat.expr);
      return "vector" in keep
        ? { values: [vectors.zip(values)], lines: ([text]) => keep.vector(place, text!) }
        : { values, lines: (texts) => keep(place, texts) };
    }),
  );
  emitter.begin(kept.flatMap(({ values }) => values));
  for (const { values, lines } of kept)
    inner.lines.push(...lines(values.map((value) => bare(emitter.text(value, inner)))));
  return { before: outer.lines, within: inner.lines };
};
