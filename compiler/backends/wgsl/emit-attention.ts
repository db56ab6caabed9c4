// Writes attention as an entry point whose workgroups make a block of rows each: they go over blocks of columns, with products
// and sums in registers, and keep of a row its numbers alone. Weights go from lane to lane through workgroup memory.

import type { Dim } from "../../ir/dim.ts";
import { ceilDiv, product } from "../../ir/dim.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { bare } from "../emit/parens.ts";
import type { Attention, RowNumber } from "./attention.ts";
import {
  rangeFunction,
  readBy,
  storeNumbersFunction,
  storeSumFunction,
} from "./attention-functions.ts";
import type { BlockSource } from "./attention-functions.ts";
import type { Pass } from "./attention-passes.ts";
import {
  chunksOf,
  columnGroup,
  components,
  passLines,
  rowGroup,
  rowNames,
  weightStride,
} from "./attention-steps.ts";
import type { Define, Parts, State } from "./attention-steps.ts";
import { block } from "./block.ts";
import { columnBlocks } from "./column-blocks.ts";
import { plus } from "./emit-contraction.ts";
import { builtins } from "./emit-launch.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import { positionLines } from "./positions.ts";
import { spelling } from "./spelling.ts";
import { invocationsOf, stride } from "./tiles.ts";

type AttentionNames = {
  readonly entryPoint: string;
  readonly taken: readonly string[];
  /** A name for something at the top of the module. */
  readonly fresh: (name: string) => string;
};

type EmittedAttention = { readonly lines: readonly string[]; readonly workgroups: Dim };

export const emitAttention = (
  kernel: Kernel,
  attention: Attention,
  passes: readonly Pass[],
  memory: Memory,
  { entryPoint, taken, fresh }: AttentionNames,
): EmittedAttention => {
  const top: string[] = [...taken, entryPoint];
  const part = (name: string): string => {
    const made = fresh(`${entryPoint}_${name}`);
    top.push(made);
    return made;
  };
  const arrays = { left: part("left"), right: part("right"), weights: part("weights") };
  const maximum = part("maximum");
  const source: BlockSource = { kernel, attention, memory, taken: top };
  const functions: string[] = [];
  const defined = new Map<string, string>();
  const define: Define = (name, of, write) => {
    const key = `${name} ${of}`;
    const made = defined.get(key) ?? part(name);
    if (!defined.has(key)) functions.push(...write(made));
    defined.set(key, made);
    return made;
  };
  const writer = createLaunchWriter(kernel, memory, top, "0");
  const body = bodyOf(writer, { source, passes, arrays, maximum, define, part });
  const length = (words: number): number => block.depth * stride(words, true);
  const maxOf = (c: string): string => bare(spelling.max.f32(`a.${c}`, `b.${c}`));
  return {
    workgroups: product([
      ...attention.batch.map(({ extent }) => extent),
      ceilDiv(attention.row.extent, block.rows),
    ]),
    lines: [
      `var<workgroup> ${arrays.left}: array<vec4f, ${length(block.rows)}>;`,
      `var<workgroup> ${arrays.right}: array<vec4f, ${length(block.columns)}>;`,
      `var<workgroup> ${arrays.weights}: array<vec4f, ${block.columns * weightStride}>;`,
      ...(attention.numbers.some(({ op }) => op === "max")
        ? [
            "",
            `fn ${maximum}(a: vec4f, b: vec4f) -> vec4f {`,
            `return vec4f(${components.map(maxOf).join(", ")});`,
            "}",
          ]
        : []),
      ...functions,
      "",
      `@compute @workgroup_size(${invocationsOf(block)})`,
      `fn ${entryPoint}(${builtins}) {`,
      ...writer.numbersIn(body),
      ...body,
      "}",
    ],
  };
};

const bodyOf = (writer: LaunchWriter, parts: Parts): readonly string[] => {
  const { source, passes, define } = parts;
  const { attention } = source;
  const { size } = writer;
  const fresh = writer.names.fresh;
  const batch = attention.batch.map((a) => ({
    name: writer.axis(a.name, a.extent, 0),
    extent: size(a.extent),
  }));
  const [tile, rowTile, row, column] = ["tile", "rowTile", "row", "column"].map(fresh);
  const rowTiles = ceilDiv(attention.row.extent, block.rows);
  const total = product([...attention.batch.map(({ extent }) => extent), rowTiles]);
  const { range } = attention;
  const ranges = range === null ? [] : rowNames(writer, "range");
  const rangeAt = (at: string): string => {
    const name = define("range", "", (made) => rangeFunction(source, made, range!));
    return `${name}(${[...batch.map((b) => b.name), at].join(", ")})`;
  };
  const columns = columnBlocks(writer, attention, `${rowTile} * ${block.rows}`, rangeAt);
  const state: State = {
    ...parts,
    batch: batch.map(({ name }) => name),
    rowTile: rowTile!,
    row: row!,
    column: column!,
    columns,
    ranges,
    numbers: new Map(attention.numbers.map(({ name }) => [name, fresh("number")])),
    sums: new Map(
      attention.sums.map(({ name, width }) => [
        name,
        Array.from({ length: chunksOf(width) }, () => rowNames(writer, "sum")),
      ]),
    ),
  };
  const steps = passes.flatMap((pass) => passLines(writer, state, pass));
  const rows = [0, 1, 2, 3];
  const store = (name: string, args: readonly string[]): string =>
    `${name}(${[...state.batch, ...args].join(", ")});`;
  const numbersOf = (numbers: readonly RowNumber[], r: number): readonly string[] =>
    numbers.map(({ name }) => `${state.numbers.get(name)!}.${components[r]!}`);
  const stored = passes.flatMap(({ sums }) => sums);
  const sumStores = stored.flatMap((sum) => {
    const { numbers } = readBy([sum.store.value], attention);
    const name = define("store", sum.name, (made) => storeSumFunction(source, made, sum, numbers));
    return state.sums
      .get(sum.name)!
      .flatMap((chunk, k) =>
        rows.map((r) =>
          store(name, [
            plus(row!, r),
            plus(column!, k * block.columns),
            chunk[r]!,
            ...numbersOf(numbers, r),
          ]),
        ),
      );
  });
  const numberStores =
    attention.stores.length === 0
      ? []
      : [
          `if (${columnGroup} == 0u) {`,
          ...rows.map((r) => {
            const name = define("storeNumbers", "", (made) => storeNumbersFunction(source, made));
            return store(name, [plus(row!, r), ...numbersOf(attention.numbers, r)]);
          }),
          "}",
        ];
  return [
    `let ${tile} = i32(group.y * groups.x + group.x);`,
    `if (${tile} >= ${bare(size(total))}) {`,
    "return;",
    "}",
    ...positionLines([...batch, { name: rowTile!, extent: size(rowTiles) }], tile!),
    `let ${row} = ${rowTile} * ${block.rows} + i32(${rowGroup}) * 4;`,
    `let ${column} = i32(${columnGroup}) * 4;`,
    ...columns.lines,
    ...ranges.map((name, r) => `let ${name} = ${rangeAt(plus(row!, r))};`),
    ...attention.numbers.map(
      ({ name, op }) =>
        `var ${state.numbers.get(name)!} = vec4f(${writer.emitter.language.start(op, "f32")});`,
    ),
    ...[...state.sums.values()].flat(2).map((sum) => `var ${sum} = vec4f();`),
    ...steps,
    ...numberStores,
    ...sumStores,
  ];
};
