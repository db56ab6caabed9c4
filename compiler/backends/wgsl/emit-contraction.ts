// Writes a contraction as an entry point whose workgroups compute a tile each: both operands go through workgroup memory,
// sums stay in registers, and a function stores what is made of four of them.

import type { Dim } from "../../ir/dim.ts";
import { ceilDiv, exactDiv, product } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import type { Contraction } from "./contraction.ts";
import { builtins } from "./emit-launch.ts";
import type { GridAxis } from "./grid.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import { createDepthPositions, stageOperand } from "./stage-operand.ts";
import type { DepthPositions, Operand, Staging } from "./stage-operand.ts";
import { storeAlone, storeSums } from "./store-sums.ts";
import { invocationsOf, stride } from "./tiles.ts";
import type { Tile } from "./tiles.ts";

/** Names that no variable in the code of a tile may have. */
export type TileNames = {
  readonly entryPoint: string;
  readonly store: string;
  readonly alone: string;
  readonly left: string;
  readonly right: string;
  readonly taken: readonly string[];
};

export type TiledLaunch = {
  readonly lines: readonly string[];
  /** One workgroup for each. */
  readonly tiles: Dim;
};

const totalOf = (axes: readonly GridAxis[]): Dim => product(axes.map(({ extent }) => extent));

export const emitContraction = (
  kernel: Kernel,
  contraction: Contraction,
  tile: Tile,
  memory: Memory,
  names: TileNames,
): TiledLaunch => {
  const { batch, rows, columns, left, right } = contraction;
  const taken = [
    ...names.taken,
    names.entryPoint,
    names.store,
    names.alone,
    names.left,
    names.right,
  ];
  const writer = createLaunchWriter(kernel, memory, taken, "0");
  const { size } = writer;
  const fresh = writer.names.fresh;
  const [rowTile, columnTile, step] = [fresh("rowTile"), fresh("columnTile"), fresh("step")];
  const [row, column, tileAt] = [fresh("row"), fresh("column"), fresh("tile")];
  const counts = {
    rows: ceilDiv(totalOf(rows), tile.rows),
    columns: ceilDiv(totalOf(columns), tile.columns),
    steps: ceilDiv(totalOf(contraction.depth), tile.depth),
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
  const invocations = invocationsOf(tile);
  const own = tile.perInvocation;
  const across = tile.columns / own.columns;
  const depth = createDepthPositions(writer, {
    axes: contraction.depth,
    words: tile.depth,
    start: `i32(${step}) * ${tile.depth}`,
  });
  const operands: readonly Operand[] = [
    {
      array: names.left,
      factor: left,
      axes: rows,
      words: tile.rows,
      start: `${rowTile} * ${tile.rows}`,
    },
    {
      array: names.right,
      factor: right,
      axes: columns,
      words: tile.columns,
      start: `${columnTile} * ${tile.columns}`,
    },
  ];
  const staged = operands.map((operand) => stageOperand(writer, operand, depth, invocations));
  const copies = emitCopies(writer, operands, staged, depth, [
    ...writer.known,
    ...batch.map(({ name }) => name),
  ]);
  const sums = sumNames(writer, own);
  const down = tile.rows / own.rows;
  const stores = sums.flatMap((ofRow, r) =>
    ofRow.map((sum, c) => {
      const position = [
        plus(row, Math.floor(r / 4) * down * 4 + (r % 4)),
        plus(column, c * across * 4),
      ];
      return `${names.store}(${[...batchVariables, ...position, sum].join(", ")});`;
    }),
  );
  const body = [
    `let ${tileAt} = i32(group.y * groups.x + group.x);`,
    `if (${tileAt} >= ${bare(size(tiles))}) {`,
    "return;",
    "}",
    ...places,
    ...copies.before,
    ...sums.flat().map((sum) => `var ${sum} = vec4f();`),
    ...depthLoop(writer, counts.steps, step, [
      ...copies.within,
      "workgroupBarrier();",
      ...multiplyLines(writer, contraction, tile, names, sums),
      "workgroupBarrier();",
    ]),
    `let ${row} = ${rowTile} * ${tile.rows} + i32(member / ${across}u) * 4;`,
    `let ${column} = ${columnTile} * ${tile.columns} + i32(member % ${across}u) * 4;`,
    ...(contraction.isMasked
      ? storeEachAlone(writer, tile, sums, names.alone, [...batchVariables, row, column])
      : []),
    ...stores,
  ];
  const length = (words: number, liesAlongDepth: boolean): number =>
    tile.depth * stride(words, liesAlongDepth);
  return {
    tiles,
    lines: [
      `var<workgroup> ${names.left}: array<vec4f, ${length(tile.rows, left.liesAlongDepth)}>;`,
      `var<workgroup> ${names.right}: array<vec4f, ${length(tile.columns, right.liesAlongDepth)}>;`,
      "",
      ...storeSums(
        kernel,
        contraction,
        memory,
        { store: names.store, taken },
        {
          rows: exactDiv(totalOf(rows), tile.rows) !== null,
          columns: exactDiv(totalOf(columns), tile.columns) !== null,
        },
      ),
      ...(contraction.isMasked
        ? ["", ...storeAlone(kernel, contraction, memory, { alone: names.alone, taken })]
        : []),
      "",
      `@compute @workgroup_size(${invocations})`,
      `fn ${names.entryPoint}(${builtins}) {`,
      ...writer.numbersIn(body),
      ...body,
      "}",
    ],
  };
};

/**
 * What a mask leaves out of a sum was 0 in one operand, which makes NaN where the other is infinite. So where there is NaN
 * among its sums, an invocation computes all of them element by element.
 */
const storeEachAlone = (
  { names }: LaunchWriter,
  { rows, columns, perInvocation: own }: Tile,
  sums: readonly (readonly string[])[],
  alone: string,
  start: readonly string[],
): readonly string[] => {
  const [total, r, c] = [names.fresh("total"), names.fresh("r"), names.fresh("c")];
  const apart = (k: string, words: number, each: number): string =>
    each === 4 ? `i32(${k})` : `i32(${k} / 4u * ${(words / each) * 4}u + ${k} % 4u)`;
  const [row, column] = start.slice(-2);
  const args = [
    ...start.slice(0, -2),
    `${row} + ${apart(r, rows, own.rows)}`,
    `${column} + ${apart(c, columns, own.columns)}`,
  ];
  return [
    `let ${total} = ${sums.flat().join(" + ")};`,
    `if (isNan(${total}.x + ${total}.y + ${total}.z + ${total}.w)) {`,
    `for (var ${r} = 0u; ${r} < ${own.rows}u; ${r}++) {`,
    `for (var ${c} = 0u; ${c} < ${own.columns}u; ${c}++) {`,
    `${alone}(${args.join(", ")});`,
    "}",
    "}",
    "return;",
    "}",
  ];
};

export const plus = (name: string, by: number): string => (by === 0 ? name : `${name} + ${by}`);

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

type Copies = { readonly before: readonly string[]; readonly within: readonly string[] };

/** What does not change from step to step is computed before the loop. */
export const emitCopies = (
  { emitter, flat }: LaunchWriter,
  operands: readonly Operand[],
  staged: readonly Staging[],
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
  const groups = staged.flatMap((s, k) =>
    s.groups.map(({ at, words }) => ({
      place: `${operands[k]!.array}[${at}]`,
      words: words.map(flat.expr),
    })),
  );
  emitter.begin(groups.flatMap(({ words }) => words));
  for (const { place, words } of groups) {
    const texts = words.map((word) => bare(emitter.text(word, inner)));
    inner.lines.push(`${place} = vec4f(${texts.join(", ")});`);
  }
  return { before: outer.lines, within: inner.lines };
};

/** By row of the invocation, then by group of four columns. */
const sumNames = (
  { names }: LaunchWriter,
  own: Tile["perInvocation"],
): readonly (readonly string[])[] =>
  Array.from({ length: own.rows }, () =>
    Array.from({ length: own.columns / 4 }, () => names.numbered("sum")),
  );

/** Groups of an invocation lie as far apart as there are invocations along its side: neighbours read neighbours. */
const multiplyLines = (
  { names }: LaunchWriter,
  { left, right }: Contraction,
  tile: Tile,
  { left: leftArray, right: rightArray }: TileNames,
  sums: readonly (readonly string[])[],
): readonly string[] => {
  const own = tile.perInvocation;
  const across = tile.columns / own.columns;
  const [k, a, b] = [names.fresh("k"), names.fresh("a"), names.fresh("b")];
  const group = (array: string, length: number, lane: string, by: number): string =>
    `${array}[${k} * ${length}u + ${lane}${by === 0 ? "" : ` + ${by}u`}]`;
  const lefts = Array.from({ length: own.rows / 4 }, (_, g) => {
    const length = stride(tile.rows, left.liesAlongDepth);
    const text = group(leftArray, length, `member / ${across}u`, g * (tile.rows / own.rows));
    return `let ${a}${g} = ${text};`;
  });
  const rights = Array.from({ length: own.columns / 4 }, (_, g) => {
    const length = stride(tile.columns, right.liesAlongDepth);
    return `let ${b}${g} = ${group(rightArray, length, `member % ${across}u`, g * across)};`;
  });
  const products = sums.flatMap((ofRow, r) =>
    ofRow.map((sum, c) => {
      const word = `${a}${Math.floor(r / 4)}.${"xyzw"[r % 4]}`;
      return `${sum} = fma(vec4f(${word}), ${b}${c}, ${sum});`;
    }),
  );
  return [
    `for (var ${k} = 0u; ${k} < ${tile.depth}u; ${k}++) {`,
    ...lefts,
    ...rights,
    ...products,
    "}",
  ];
};
