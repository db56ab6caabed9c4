// What a workgroup of attention does in a pass over blocks of columns: products, then terms of them, then sums of what they weigh.

import { ceilDiv } from "../../ir/dim.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { RowNumber, RowSum } from "./attention.ts";
import {
  copyFunction,
  readBy,
  rescaleFunction,
  strideOf,
  termsFunction,
} from "./attention-functions.ts";
import type { BlockSource, Copied, Made } from "./attention-functions.ts";
import { localsIn } from "./attention-passes.ts";
import type { Pass } from "./attention-passes.ts";
import type { ColumnBlocks } from "./column-blocks.ts";
import { block } from "./block.ts";
import { plus } from "./emit-contraction.ts";
import { totalOf } from "../../lower/launch.ts";
import { depthLoop } from "./tile-frame.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Product } from "./row-products.ts";
import { stride } from "./tiles.ts";

/** Lanes that have the same rows. */
const across = block.columns / block.perInvocation.columns;
export const rowGroup = `member / ${across}u`;
export const columnGroup = `member % ${across}u`;
export const components = [..."xyzw"];
/** Groups of weights from one column to the next; neighbours that store do not meet in one bank. */
export const weightStride = stride(block.rows, true);

/** Writes a function once for what it is of, and gives its name. */
export type Define = (
  name: string,
  of: string,
  write: (name: string) => readonly string[],
) => string;

export type Parts = {
  readonly source: BlockSource;
  readonly passes: readonly Pass[];
  readonly arrays: { readonly left: string; readonly right: string; readonly weights: string };
  readonly maximum: string;
  readonly define: Define;
  readonly part: (name: string) => string;
};

export type State = Parts & {
  readonly batch: readonly string[];
  readonly rowTile: string;
  /** The first row of the invocation, and its first column within each block. */
  readonly row: string;
  readonly column: string;
  readonly columns: ColumnBlocks;
  /** Of four rows, where they have ranges. */
  readonly ranges: readonly string[];
  /** Variables of four rows each. */
  readonly numbers: ReadonlyMap<string, string>;
  /** By 32 elements of the width, then by row: variables of four elements. */
  readonly sums: ReadonlyMap<string, readonly (readonly string[])[]>;
};

export const chunksOf = (width: RowSum["width"]): number =>
  Math.ceil(Number(totalOf(width)) / block.columns);

export const rowNames = ({ names }: LaunchWriter, name: string): readonly string[] =>
  [0, 1, 2, 3].map(() => names.numbered(name));

const barrier = "workgroupBarrier();";

export const passLines = (writer: LaunchWriter, state: State, pass: Pass): readonly string[] => {
  const { source, columns } = state;
  const at = writer.names.fresh("block");
  const start = writer.names.fresh("start");
  const products = new Map(pass.products.map((one) => [one.name, rowNames(writer, "product")]));
  const made: Made = { products: pass.products, numbers: source.attention.numbers };
  const inBlock: Block = { state, pass, products, made, at, start };
  return [
    `for (var ${at} = ${columns.first}; ${at} < ${columns.end}; ${at}++) {`,
    `let ${start} = ${at} * ${block.columns};`,
    ...pass.products.flatMap((one) => productLines(writer, inBlock, one)),
    ...runningLines(writer, inBlock),
    ...termLines(writer, inBlock),
    "}",
    ...pass.numbers.flatMap((number) =>
      combineLines(writer, state, number, state.numbers.get(number.name)!),
    ),
  ];
};

type Block = {
  readonly state: State;
  readonly pass: Pass;
  /** Variables of four columns each, by row. */
  readonly products: ReadonlyMap<string, readonly string[]>;
  readonly made: Made;
  /** Its number, and its first column. */
  readonly at: string;
  readonly start: string;
};

/** Four columns of an operand for a step of the depth, and the sums of four rows that they are for. */
type Multiplied = { readonly right: (k: string) => string; readonly sums: readonly string[] };

/** Adds up what one step of a depth gives. `takes`: whether row r of the invocation takes step k. */
const multiplyLines = (
  { names }: LaunchWriter,
  left: (k: string) => string,
  columns: readonly Multiplied[],
  takes: (r: number, k: string) => string | null = () => null,
): readonly string[] => {
  const [k, a] = [names.fresh("k"), names.fresh("a")];
  const rights = columns.map(({ right }) => ({ name: names.fresh("b"), text: right(k) }));
  return [
    `for (var ${k} = 0u; ${k} < ${block.depth}u; ${k}++) {`,
    `let ${a} = ${left(k)};`,
    ...rights.map(({ name, text }) => `let ${name} = ${text};`),
    ...columns.flatMap(({ sums }, c) =>
      sums.map((sum, r) => {
        const more = `fma(vec4f(${a}.${components[r]!}), ${rights[c]!.name}, ${sum})`;
        const condition = takes(r, k);
        return `${sum} = ${condition === null ? more : `select(${sum}, ${more}, ${condition})`};`;
      }),
    ),
    "}",
  ];
};

const productLines = (
  writer: LaunchWriter,
  { state, products, start }: Block,
  { name, depth, left, right }: Product,
): readonly string[] => {
  const { source, arrays, batch, rowTile, define } = state;
  const { row, columns } = source.attention;
  const sums = products.get(name)!;
  const step = writer.names.fresh("step");
  const sides: readonly [Copied, Copied] = [
    { array: arrays.left, value: left, axes: [row], words: block.rows, depth },
    { array: arrays.right, value: right, axes: columns, words: block.columns, depth },
  ];
  const starts = [`${rowTile} * ${block.rows}`, start];
  const copies = sides.map((side, k) => {
    const copy = define("copy", `${name} ${k}`, (made) => copyFunction(source, made, side));
    const args = [...batch, starts[k]!, `i32(${step}) * ${block.depth}`, "member"];
    return `${copy}(${args.join(", ")});`;
  });
  const [leftStride, rightStride] = sides.map((side) => strideOf(source, side));
  return [
    ...sums.map((sum) => `var ${sum} = vec4f();`),
    ...depthLoop(writer, ceilDiv(totalOf(depth), block.depth), step, [
      ...copies,
      barrier,
      ...multiplyLines(writer, (k) => `${arrays.left}[${k} * ${leftStride}u + ${rowGroup}]`, [
        { right: (k) => `${arrays.right}[${k} * ${rightStride}u + ${columnGroup}]`, sums },
      ]),
      barrier,
    ]),
  ];
};

/** Of each of four rows what `terms` gives; `fields` of them as vectors. */
const callTerms = (
  writer: LaunchWriter,
  { state, products, made, start }: Block,
  terms: { readonly numbers: readonly RowNumber[]; readonly sums: readonly RowSum[] },
): { readonly lines: readonly string[]; readonly field: (name: string) => readonly string[] } => {
  const exprs = [
    ...terms.numbers.map(({ term }) => term),
    ...terms.sums.map(({ weight }) => weight),
  ];
  const read = readBy(exprs, made);
  const result = state.part("Terms");
  const name = state.define("terms", result, (own) =>
    termsFunction(state.source, { name: own, result }, terms, read),
  );
  const own = rowNames(writer, "terms");
  return {
    lines: own.map((variable, r) => {
      const args = [
        ...state.batch,
        plus(state.row, r),
        `${start} + ${state.column}`,
        ...state.ranges.slice(r, r + 1),
        ...read.products.map((one) => products.get(one.name)![r]!),
        ...read.numbers.map((one) => `${state.numbers.get(one.name)!}.${components[r]!}`),
      ];
      return `let ${variable} = ${name}(${args.join(", ")});`;
    }),
    field: (of) => own.map((variable) => `${variable}.${of}`),
  };
};

const both = ({ maximum }: State, { op }: RowNumber, a: string, b: string): string =>
  op === "max" ? `${maximum}(${a}, ${b})` : `${a} + ${b}`;

/** Gives all lanes of a row what they have of a number together, in one order. */
const combineLines = (
  { names }: LaunchWriter,
  state: State,
  number: RowNumber,
  variable: string,
): readonly string[] => {
  const { left } = state.arrays;
  const k = names.fresh("k");
  const first = `${rowGroup} * ${across}u`;
  return [
    `${left}[member] = ${variable};`,
    barrier,
    `${variable} = ${left}[${first}];`,
    `for (var ${k} = 1u; ${k} < ${across}u; ${k}++) {`,
    `${variable} = ${both(state, number, variable, `${left}[${first} + ${k}]`)};`,
    "}",
    barrier,
  ];
};

/** The maximum with the columns of this block, and sums relative to it. */
const runningLines = (writer: LaunchWriter, inBlock: Block): readonly string[] => {
  const { state, pass } = inBlock;
  const { running } = pass;
  if (running === null) return [];
  const { number } = running;
  const { lines, field } = callTerms(writer, inBlock, { numbers: [number], sums: [] });
  const rescale = state.define("rescale", number.name, (made) =>
    rescaleFunction(state.source, made, running),
  );
  const known = state.numbers.get(number.name)!;
  const [next, factor] = [writer.names.fresh("next"), writer.names.fresh("factor")];
  const factors = components.map((c, r) => {
    const args = [...state.batch, plus(state.row, r), `${known}.${c}`, `${next}.${c}`];
    return `${rescale}(${args.join(", ")})`;
  });
  const isRelative = (e: Expr): boolean => localsIn(e).has(number.name);
  return [
    ...lines,
    `var ${next} = vec4f(${field("number0").join(", ")});`,
    ...combineLines(writer, state, number, next),
    `${next} = ${both(state, number, known, next)};`,
    `let ${factor} = vec4f(${factors.join(", ")});`,
    `${known} = ${next};`,
    ...pass.numbers
      .filter(({ term }) => isRelative(term))
      .map(({ name }) => `${state.numbers.get(name)!} *= ${factor};`),
    ...pass.sums
      .filter(({ weight }) => isRelative(weight))
      .flatMap(({ name }) => state.sums.get(name)!)
      .flatMap((chunk) => chunk.map((sum, r) => `${sum} *= ${factor}.${components[r]!};`)),
  ];
};

const termLines = (writer: LaunchWriter, inBlock: Block): readonly string[] => {
  const { state, pass } = inBlock;
  const { lines, field } = callTerms(writer, inBlock, pass);
  return [
    ...lines,
    ...pass.numbers.map((number, k) => {
      const variable = state.numbers.get(number.name)!;
      const own = `vec4f(${field(`number${k}`).join(", ")})`;
      return `${variable} = ${both(state, number, variable, own)};`;
    }),
    ...pass.sums.flatMap((sum, k) => sumLines(writer, inBlock, sum, field(`weights${k}`))),
  ];
};

/**
 * Adds the columns of this block to a sum: `weights` of each row, four columns each. What a row has not in its range has
 * weight 0, and would still make NaN of an infinity: only blocks that all rows have are added without a look.
 */
const sumLines = (
  writer: LaunchWriter,
  { state, at, start }: Block,
  { name, value, width }: RowSum,
  weights: readonly string[],
): readonly string[] => {
  const { source, arrays, batch, define, ranges } = state;
  const step = writer.names.fresh("step");
  const from = `${start} + i32(${step}) * ${block.depth}`;
  /** Copies 32 elements of the width to an array that products no longer need, and how sums read them there. */
  const staged = (array: string, chunk: number): { readonly copy: string } & Multiplied => {
    const side: Copied = {
      array,
      value,
      axes: width,
      words: block.columns,
      depth: source.attention.columns,
    };
    const copy = define("copy", `${name} ${array}`, (made) => copyFunction(source, made, side));
    const length = strideOf(source, side);
    return {
      copy: `${copy}(${[...batch, String(chunk * block.columns), from, "member"].join(", ")});`,
      right: (k) => `${array}[${k} * ${length}u + ${columnGroup}]`,
      sums: state.sums.get(name)![chunk]!,
    };
  };
  const isInRange = (r: number, k: string): string =>
    `${ranges[r]!}.x <= ${from} + i32(${k}) && ${from} + i32(${k}) < ${ranges[r]!}.y`;
  const weightsAt = (k: string): string =>
    `${arrays.weights}[(${step} * ${block.depth}u + ${k}) * ${weightStride}u + ${rowGroup}]`;
  const isWhole = state.columns.isWhole(at);
  const add = (columns: readonly Multiplied[]): readonly string[] => {
    const all = (): readonly string[] => multiplyLines(writer, weightsAt, columns);
    if (ranges.length === 0) return all();
    const looking = multiplyLines(writer, weightsAt, columns, isInRange);
    return isWhole === null
      ? looking
      : [`if (${isWhole}) {`, ...all(), "} else {", ...looking, "}"];
  };
  return [
    ...components.map((c, k) => {
      const place = `(${columnGroup} * 4u + ${k}u) * ${weightStride}u + ${rowGroup}`;
      return `${arrays.weights}[${place}] = vec4f(${weights.map((w) => `${w}.${c}`).join(", ")});`;
    }),
    ...depthLoop(
      writer,
      block.columns / block.depth,
      step,
      together(chunksOf(width)).flatMap((chunks) => {
        const columns = chunks.map((chunk, k) => staged([arrays.left, arrays.right][k]!, chunk));
        return [...columns.map(({ copy }) => copy), barrier, ...add(columns), barrier];
      }),
    ),
  ];
};

/** Parts of a width that are multiplied at once: two, as there is room for in workgroup memory. */
export const together = (chunks: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(chunks / 2) }, (_, k) =>
    [2 * k, 2 * k + 1].filter((chunk) => chunk < chunks),
  );
