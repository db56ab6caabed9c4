// Writes a contraction as an entry point whose workgroups compute a tile each: sums stay in registers of invocations, and a
// function stores what is made of four of them.

import type { Dim } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Contraction } from "../../lower/contraction.ts";
import { builtins } from "./emit-launch.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { keepVectors, openTile, takenBy } from "./tile-frame.ts";
import type { TileNames } from "./tile-frame.ts";
import { invocationsOf, stride } from "./tiles.ts";
import type { Tile } from "./tiles.ts";

/** `arrays`: what lies in the memory of a workgroup. */
export type TiledLaunch = {
  readonly arrays: readonly string[];
  readonly entry: readonly string[];
  /** One workgroup for each. */
  readonly tiles: Dim;
};

export const emitContraction = (
  kernel: Kernel,
  contraction: Contraction,
  tile: Tile,
  memory: Memory,
  names: TileNames,
): TiledLaunch => {
  const { left, right } = contraction;
  const invocations = invocationsOf(tile);
  const frame = openTile(kernel, contraction, { ...tile, invocations }, memory, takenBy(names), {
    left: keepVectors(names.left, stride(tile.rows, left.liesAlongDepth)),
    right: keepVectors(names.right, stride(tile.columns, right.liesAlongDepth)),
  });
  const { writer, batch, rowTile, columnTile, row, column } = frame;
  const own = tile.perInvocation;
  const across = tile.columns / own.columns;
  const sums = sumNames(writer, own);
  const down = tile.rows / own.rows;
  const stores = sums.flatMap((ofRow, r) =>
    ofRow.map((sum, c) => {
      const position = [
        plus(row, Math.floor(r / 4) * down * 4 + (r % 4)),
        plus(column, c * across * 4),
      ];
      return `${names.store}(${[...batch, ...position, sum].join(", ")});`;
    }),
  );
  const body = frame.body({
    before: sums.flat().map((sum) => `var ${sum} = vec4f();`),
    multiply: multiplyLines(writer, contraction, tile, names, sums),
    after: [
      `let ${row} = ${rowTile} * ${tile.rows} + i32(member / ${across}u) * 4;`,
      `let ${column} = ${columnTile} * ${tile.columns} + i32(member % ${across}u) * 4;`,
      ...(contraction.isMasked
        ? storeEachAlone(writer, tile, sums, names.alone, [...batch, row, column])
        : []),
      ...stores,
    ],
  });
  const length = (words: number, liesAlongDepth: boolean): number =>
    tile.depth * stride(words, liesAlongDepth);
  return {
    tiles: frame.tiles,
    arrays: [
      `var<workgroup> ${names.left}: array<vec4f, ${length(tile.rows, left.liesAlongDepth)}>;`,
      `var<workgroup> ${names.right}: array<vec4f, ${length(tile.columns, right.liesAlongDepth)}>;`,
    ],
    entry: [
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

export const plus = (text: string, by: number, suffix: "" | "u" = ""): string =>
  by === 0 ? text : `${text} + ${by}${suffix}`;

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
