// Writes a contraction as an entry point whose subgroups multiply matrices of halves and add them up in f32: a tile for each
// workgroup, as in `emit-contraction.ts`. What is made of the sums is stored from workgroup memory, matrix by matrix.

import { matrixSide as side } from "../../../runtime/webgpu/abilities.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Contraction, Factor } from "../../lower/contraction.ts";
import { plus } from "./emit-contraction.ts";
import type { TiledLaunch } from "./emit-contraction.ts";
import { builtins } from "./emit-launch.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import { copyOf, cornerWords, matrixInvocations, subgroupsOf } from "./matrix-tiles.ts";
import type { MatrixTile } from "./matrix-tiles.ts";
import type { Memory } from "./memory.ts";
import { openTile, takenBy } from "./tile-frame.ts";
import type { Keep, TileFrame, TileNames } from "./tile-frame.ts";

/** `corner`: the array through which sums go; `storeCorner`: the function that stores what is made of one matrix of them. */
export type MatrixNames = TileNames & { readonly corner: string; readonly storeCorner: string };

const matrixBuiltins = `${builtins}, @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32`;

export const emitMatrices = (
  kernel: Kernel,
  contraction: Contraction,
  tile: MatrixTile,
  memory: Memory,
  names: MatrixNames,
): TiledLaunch => {
  const { left, right } = contraction;
  const invocations = matrixInvocations(tile);
  const frame = openTile(kernel, contraction, { ...tile, invocations }, memory, takenBy(names), {
    left: keepIn(names.left, tile.rows, tile.depth, left),
    right: keepIn(names.right, tile.columns, tile.depth, right),
  });
  const { writer, batch, rowTile, columnTile, row, column } = frame;
  const own = tile.perSubgroup;
  const across = tile.columns / own.columns;
  const sums = many(own.rows / side, () =>
    many(own.columns / side, () => writer.names.numbered("sum")),
  );
  const at = writer.names.fresh("at");
  const stores = sums.flatMap((ofRow, r) =>
    ofRow.flatMap((sum, c) => [
      `subgroupMatrixStore<row_major>(&${names.corner}, subgroup * ${cornerWords}u, ${sum}, ${side}u);`,
      "workgroupBarrier();",
      `${names.storeCorner}(${[...batch, plus(row, r * side), plus(column, c * side), at].join(", ")});`,
      "workgroupBarrier();",
    ]),
  );
  const body = frame.body({
    before: sums
      .flat()
      .map((sum) => `var ${sum} = subgroup_matrix_result<f32, ${side}, ${side}>();`),
    multiply: multiplyLines(writer, contraction, tile, names, sums),
    after: [
      `let ${row} = ${rowTile} * ${tile.rows} + i32(subgroup / ${across}u * ${own.rows}u + lane / 4u);`,
      `let ${column} = ${columnTile} * ${tile.columns} + i32(subgroup % ${across}u * ${own.columns}u + lane % 4u * 4u);`,
      `let ${at} = subgroup * ${cornerWords}u + lane * 4u;`,
      // The last barrier is before nothing.
      ...stores.slice(0, -1),
    ],
  });
  const halves = (array: string, words: number, factor: Factor): string =>
    `var<workgroup> ${array}: array<half, ${copyOf(words, tile.depth, factor.liesAlongDepth).halves}>;`;
  return {
    tiles: frame.tiles,
    arrays: [
      halves(names.left, tile.rows, left),
      halves(names.right, tile.columns, right),
      `var<workgroup> ${names.corner}: array<f32, ${cornerWords * subgroupsOf(tile)}>;`,
    ],
    entry: [
      ...storeCornerLines(writer, contraction, frame, at, names),
      "",
      `@compute @workgroup_size(${invocations})`,
      `fn ${names.entryPoint}(${matrixBuiltins}) {`,
      ...writer.numbersIn(body),
      ...body,
      "}",
    ],
  };
};

const many = <T>(count: number, make: (k: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, k) => make(k));

/** Element by element: a matrix is loaded from halves. */
const keepIn =
  (array: string, words: number, depth: number, { liesAlongDepth }: Factor): Keep =>
  ({ step, group }, texts) => {
    const { stride } = copyOf(words, depth, liesAlongDepth);
    return texts.map((text, k) => {
      const place = liesAlongDepth
        ? plus(`(${group}) * ${4 * stride}u + ${step}`, k * stride, "u")
        : plus(`${step} * ${stride}u + (${group}) * 4u`, k, "u");
      return `${array}[${place}] = half(${text});`;
    });
  };

/** Each subgroup has a part of the tile, in the order of rows and columns. */
const multiplyLines = (
  { names }: LaunchWriter,
  { left, right }: Contraction,
  { rows, columns, depth, perSubgroup: own }: MatrixTile,
  { left: leftArray, right: rightArray }: MatrixNames,
  sums: readonly (readonly string[])[],
): readonly string[] => {
  const across = columns / own.columns;
  const [k, a, b] = [names.fresh("k"), names.fresh("a"), names.fresh("b")];
  const load = (
    array: string,
    words: number,
    { liesAlongDepth }: Factor,
    type: "left" | "right",
    first: string,
  ): string => {
    const { stride } = copyOf(words, depth, liesAlongDepth);
    const step = `${k} * ${side}u`;
    const place = liesAlongDepth
      ? `(${first}) * ${stride}u + ${step}`
      : `${step} * ${stride}u + ${first}`;
    // The rows of the left matrix are those of the tile, its columns go along the depth; of the right one it is the reverse.
    const order = (type === "left") === liesAlongDepth ? "row_major" : "col_major";
    return `subgroupMatrixLoad<subgroup_matrix_${type}<half, ${side}, ${side}>, ${order}>(&${array}, ${place}, ${stride}u)`;
  };
  return [
    `for (var ${k} = 0u; ${k} < ${depth / side}u; ${k}++) {`,
    ...many(own.rows / side, (r) => {
      const first = plus(`subgroup / ${across}u * ${own.rows}u`, r * side, "u");
      return `let ${a}${r} = ${load(leftArray, rows, left, "left", first)};`;
    }),
    ...many(own.columns / side, (c) => {
      const first = plus(`subgroup % ${across}u * ${own.columns}u`, c * side, "u");
      return `let ${b}${c} = ${load(rightArray, columns, right, "right", first)};`;
    }),
    ...sums.flatMap((ofRow, r) =>
      ofRow.map(
        (sum, c) => `${sum} = subgroupMatrixMultiplyAccumulate(${a}${r}, ${b}${c}, ${sum});`,
      ),
    ),
    "}",
  ];
};

/**
 * Writes the function that stores two groups of four sums, half a matrix apart. What a mask leaves out of a sum was 0 in one
 * operand, which makes NaN where the other is infinite: such elements are computed alone.
 */
const storeCornerLines = (
  { names }: LaunchWriter,
  { isMasked }: Contraction,
  { batch, row, column }: Pick<TileFrame, "batch" | "row" | "column">,
  at: string,
  { corner, storeCorner, store, alone }: MatrixNames,
): readonly string[] => {
  const [part, word, sums, c] = ["part", "word", "sums", "c"].map(names.fresh);
  const place = [...batch, `${row} + i32(${part}) * ${side / 2}`];
  const stored = `${store}(${[...place, column, sums].join(", ")});`;
  const [x, y, z, w] = many(4, (k) => `${corner}[${plus(word!, k, "u")}]`);
  return [
    `fn ${storeCorner}(${[...[...batch, row, column].map((name) => `${name}: i32`), `${at}: u32`].join(", ")}) {`,
    `for (var ${part} = 0u; ${part} < 2u; ${part}++) {`,
    `let ${word} = ${at} + ${part} * ${cornerWords / 2}u;`,
    `let ${sums} = vec4f(${[x, y, z, w].join(", ")});`,
    ...(isMasked
      ? [
          `if (isNan(${sums}.x + ${sums}.y + ${sums}.z + ${sums}.w)) {`,
          `for (var ${c} = 0u; ${c} < 4u; ${c}++) {`,
          `${alone}(${[...place, `${column} + i32(${c})`].join(", ")});`,
          "}",
          "} else {",
          stored,
          "}",
        ]
      : [stored]),
    "}",
    "}",
  ];
};
