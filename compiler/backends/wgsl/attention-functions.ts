// Writes the functions that a block of attention calls: what copies a part of an operand to workgroup memory, what makes the
// terms of sums from products, and what stores.

import { exactDiv } from "../../ir/dim.ts";
import {
  addI,
  andB,
  axis,
  call,
  int,
  leI,
  local,
  ltI,
  mulI,
  num,
  select,
  size,
} from "../../kernel/build.ts";
import type { AxisRange, Expr } from "../../kernel/expr.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { neutralOf } from "../../kernel/neutral.ts";
import { createRebuild } from "../../lower/rebuild.ts";
import { bare } from "../emit/parens.ts";
import { openScope } from "../emit/scope.ts";
import type { Attention, RowNumber, RowSum } from "./attention.ts";
import { after, before, localsIn } from "./attention-passes.ts";
import type { Running } from "./attention-passes.ts";
import { block } from "./block.ts";
import { isAlong } from "../../lower/contraction.ts";
import { fourPositions } from "./four-positions.ts";
import { totalOf } from "../../lower/launch.ts";
import type { GridAxis } from "../../lower/launch.ts";
import { storesOfFour } from "./in-fours.ts";
import { createLaunchWriter } from "./launch-writer.ts";
import type { LaunchWriter } from "./launch-writer.ts";
import type { Memory } from "./memory.ts";
import type { Product } from "./row-products.ts";
import { createDepthPositions, stageOperand } from "./stage-operand.ts";
import { emitted, emittedFlat, returnOutside, sumsName } from "./store-sums.ts";
import { emitCopies, keepVectors } from "./tile-frame.ts";
import { invocationsOf, stride } from "./tiles.ts";

/** What all of them are written for. */
export type BlockSource = {
  readonly kernel: Kernel;
  readonly attention: Attention;
  readonly memory: Memory;
  /** Names that stand for something else. */
  readonly taken: readonly string[];
};

type Signature = {
  readonly name: string;
  /** Besides the positions of the batch, which come first. */
  readonly params: readonly string[];
  readonly returns?: string;
};

const createWriter = ({ kernel, attention, memory, taken }: BlockSource) => {
  const writer = createLaunchWriter(kernel, memory, taken, "0");
  const batch = attention.batch.map((a) => writer.axis(a.name, a.extent, 0));
  const known = [...writer.known, ...attention.batch.map(({ name }) => name)];
  const written = ({ name, params, returns }: Signature, body: readonly string[]) => [
    "",
    `fn ${name}(${[...batch.map((b) => `${b}: i32`), ...params].join(", ")})${returns === undefined ? "" : ` -> ${returns}`} {`,
    ...writer.numbersIn(body),
    ...body,
    "}",
  ];
  return { writer, known, written };
};

/** Where an operand of a product of the block comes from, and how it lies in workgroup memory. */
export type Copied = {
  readonly array: string;
  readonly value: Expr;
  readonly axes: readonly GridAxis[];
  /** Of the block. */
  readonly words: number;
  readonly depth: readonly GridAxis[];
};

/** From one step of the depth to the next, in groups of four words. */
export const strideOf = ({ kernel }: BlockSource, { value, axes, words, depth }: Copied): number =>
  stride(words, isAlong(kernel, value, depth.at(-1)!.name, axes.at(-1)!.name));

/** `copy(…batch, start, from, member)`: from a position of its axes and one of the depth on. */
export const copyFunction = (
  source: BlockSource,
  name: string,
  { array, value, axes, words, depth: depthAxes }: Copied,
): readonly string[] => {
  const { writer, known, written } = createWriter(source);
  const [start, from] = [writer.names.fresh("start"), writer.names.fresh("from")];
  const depth = createDepthPositions(writer, {
    axes: depthAxes,
    words: block.depth,
    start: from,
  });
  const liesAlongDepth = isAlong(source.kernel, value, depthAxes.at(-1)!.name, axes.at(-1)!.name);
  const operand = {
    name: array,
    factor: { value, guards: [], liesAlongDepth },
    axes,
    words,
    start,
  };
  const staged = stageOperand(writer, operand, depth, invocationsOf(block));
  const keep = keepVectors(array, stride(words, liesAlongDepth));
  const copies = emitCopies(writer, [{ ...staged, keep }], depth, known);
  return written({ name, params: [`${start}: i32`, `${from}: i32`, "member: u32"] }, [
    ...copies.before,
    ...copies.within,
  ]);
};

/** The position of a row and its variable: rows beyond the last are the last. */
const rowLine = ({ attention: { row } }: BlockSource, writer: LaunchWriter, at: string): string => {
  const variable = writer.axis(row.name, row.extent, 0);
  const last = `${bare(writer.size(row.extent))} - 1`;
  const isInside = exactDiv(row.extent, block.rows) !== null;
  return `let ${variable} = ${isInside ? at : `min(${at}, ${last})`};`;
};

const [from, to] = ["range.from", "range.to"] as const;

/** What terms are made of besides positions, by their names. */
export type Made = {
  readonly products: readonly Product[];
  readonly numbers: readonly RowNumber[];
};

/** Those of them that expressions read. */
export const readBy = (exprs: readonly Expr[], { products, numbers }: Made): Made => {
  const read = new Set(exprs.flatMap((e) => [...localsIn(e)]));
  return {
    products: products.filter(({ name }) => read.has(name)),
    numbers: numbers.filter(({ name }) => read.has(name)),
  };
};

/**
 * `terms(…batch, row, column, range?, …products, …numbers)`: of a row and four columns, of each number what all four give, then four
 * weights of each sum.
 */
export const termsFunction = (
  source: BlockSource,
  { name, result }: { readonly name: string; readonly result: string },
  terms: { readonly numbers: readonly RowNumber[]; readonly sums: readonly RowSum[] },
  made: Made,
): readonly string[] => {
  const { columns, range } = source.attention;
  const { writer, known, written } = createWriter(source);
  const { emitter, flat } = writer;
  const row = writer.names.fresh("row");
  const column = writer.axis("column", null, 1);
  const line = rowLine(source, writer, row);
  const total = totalOf(columns);
  const isInside = exactDiv(total, block.columns) !== null;
  const four = fourPositions(writer, columns, { prefix: "", depth: 1, start: column, isInside });
  const products = made.products.map((one) => {
    const variable = writer.names.fresh("product");
    [..."xyzw"].forEach((c, k) => writer.stand(`${one.name}.${k}`, `${variable}.${c}`));
    return variable;
  });
  const numbers = made.numbers.map((one) => {
    const variable = writer.names.fresh("number");
    writer.stand(one.name, variable);
    return variable;
  });
  const isProduct = new Set(made.products.map((one) => one.name));
  const ends = [from, to].map((end) => local(end, "i32"));
  const bounds = range === null ? null : writer.names.fresh("range");
  ends.forEach(({ name }, k) => writer.stand(name, `${bounds}.${"xy"[k]!}`));
  const parts = four.parts.map(({ renaming }, k) => {
    const rename = createRebuild((e) => {
      if (e.kind === "axis") return renaming.get(e.name) ?? null;
      return e.kind === "local" && isProduct.has(e.name) ? local(`${e.name}.${k}`, "f32") : null;
    });
    const at = addI(axis("column"), int(k));
    const inRange = andB(leI(ends[0]!, at), ltI(at, ends[1]!));
    const isCounted = range === null ? ltI(at, size(total)) : inRange;
    return (e: Expr, outside: number): Expr =>
      isInside && range === null ? rename(e) : select(isCounted, rename(e), num(outside));
  });
  const roots = [
    ...terms.numbers.map(({ op, term }) =>
      parts.map((part) => part(term, neutralOf(op, "f32"))).reduce((a, b) => call(op, a, b)),
    ),
    ...terms.sums.flatMap(({ weight }) => parts.map((part) => part(weight, 0))),
  ].map(flat.expr);
  const scope = openScope(null, [
    ...known,
    source.attention.row.name,
    "column",
    ...four.binds,
    ...made.products.flatMap((one) => [0, 1, 2, 3].map((k) => `${one.name}.${k}`)),
    ...made.numbers.map((one) => one.name),
    from,
    to,
  ]);
  emitter.begin(roots);
  const texts = roots.map((root) => bare(emitter.text(root, scope)));
  const ofNumbers = terms.numbers.length;
  const fields = [
    ...texts.slice(0, ofNumbers),
    ...terms.sums.map((_, k) => {
      const at = ofNumbers + 4 * k;
      return `vec4f(${texts.slice(at, at + 4).join(", ")})`;
    }),
  ];
  const params = [
    `${row}: i32`,
    `${column}: i32`,
    ...(bounds === null ? [] : [`${bounds}: vec2i`]),
    ...products.map((p) => `${p}: vec4f`),
    ...numbers.map((n) => `${n}: f32`),
  ];
  return [
    "",
    `struct ${result} {`,
    ...terms.numbers.map((_, k) => `number${k}: f32,`),
    ...terms.sums.map((_, k) => `weights${k}: vec4f,`),
    "}",
    ...written({ name, params, returns: result }, [
      line,
      ...four.lines,
      ...scope.lines,
      `return ${result}(${fields.join(", ")});`,
    ]),
  ];
};

/** `range(…batch, row)`: from which column to which a row has some, as numbers of columns in their order. */
export const rangeFunction = (
  source: BlockSource,
  name: string,
  range: AxisRange,
): readonly string[] => {
  const { columns } = source.attention;
  const { writer, known, written } = createWriter(source);
  const { emitter, flat } = writer;
  const row = writer.names.fresh("row");
  const line = rowLine(source, writer, row);
  const inner = size(totalOf(columns.slice(1)));
  const roots = [
    mulI(call("max", range.from, int(0)), inner),
    mulI(call("min", range.to, size(columns[0]!.extent)), inner),
  ].map(flat.expr);
  const scope = openScope(null, [...known, source.attention.row.name]);
  emitter.begin(roots);
  const ends = roots.map((root) => bare(emitter.text(root, scope)));
  return written({ name, params: [`${row}: i32`], returns: "vec2i" }, [
    line,
    ...scope.lines,
    `return vec2i(${ends.join(", ")});`,
  ]);
};

/** `rescale(…batch, row, before, after)`, of one row. */
export const rescaleFunction = (
  source: BlockSource,
  name: string,
  { rescale }: Running,
): readonly string[] => {
  const { writer, known, written } = createWriter(source);
  const { emitter, flat } = writer;
  const row = writer.names.fresh("row");
  const line = rowLine(source, writer, row);
  const ends = [before, after].map((end) => {
    const variable = writer.names.fresh("number");
    writer.stand(end, variable);
    return `${variable}: f32`;
  });
  const scope = openScope(null, [...known, source.attention.row.name, before, after]);
  const root = flat.expr(rescale);
  emitter.begin([root]);
  const text = bare(emitter.text(root, scope));
  return written({ name, params: [`${row}: i32`, ...ends], returns: "f32" }, [
    line,
    ...scope.lines,
    `return ${text};`,
  ]);
};

/** `store(…batch, row, column, sums, …numbers)`: four neighbouring elements of a sum. */
export const storeSumFunction = (
  source: BlockSource,
  name: string,
  { width, store, name: sumName }: RowSum,
  readNumbers: readonly RowNumber[],
): readonly string[] => {
  const { row: rowAxis } = source.attention;
  const { writer, known, written } = createWriter(source);
  const row = writer.axis(rowAxis.name, rowAxis.extent, 0);
  const [column, sums] = [writer.names.fresh("column"), writer.names.fresh("sums")];
  const total = totalOf(width);
  const isInside = exactDiv(total, block.columns) !== null;
  const four = fourPositions(writer, width, { prefix: "", depth: 1, start: column, isInside });
  const together = exactDiv(width.at(-1)!.extent, 4) !== null;
  writer.vectors.stand(sumsName, sums);
  const stmts = storesOfFour(writer, [store], four.parts, (e, k) =>
    e.kind === "local" && e.name === sumName ? local(`${sumsName}.${k}`, "f32") : null,
  );
  const numbers = standForNumbers(writer, readNumbers);
  const checked = [
    { position: row, axes: [rowAxis] },
    ...(isInside || !together ? [] : [{ position: column, axes: width }]),
  ];
  const params = [`${row}: i32`, `${column}: i32`, `${sums}: vec4f`, ...numbers];
  return written({ name, params }, [
    ...returnOutside(checked)(writer),
    ...four.lines,
    ...emittedFlat(writer, stmts, [
      ...known,
      rowAxis.name,
      ...four.binds,
      sumsName,
      ...four.parts.map((_, k) => `${sumsName}.${k}`),
      ...readNumbers.map((one) => one.name),
    ]),
  ]);
};

const standForNumbers = (writer: LaunchWriter, numbers: readonly RowNumber[]): readonly string[] =>
  numbers.map(({ name }) => {
    const variable = writer.names.fresh("number");
    writer.stand(name, variable);
    return `${variable}: f32`;
  });

/** `store(…batch, row, …numbers)`, of all numbers. */
export const storeNumbersFunction = (source: BlockSource, name: string): readonly string[] => {
  const { row: rowAxis, numbers, stores } = source.attention;
  const { writer, known, written } = createWriter(source);
  const row = writer.axis(rowAxis.name, rowAxis.extent, 0);
  const params = [`${row}: i32`, ...standForNumbers(writer, numbers)];
  return written({ name, params }, [
    ...returnOutside([{ position: row, axes: [rowAxis] }])(writer),
    ...emitted(writer, stores, [...known, rowAxis.name, ...numbers.map((one) => one.name)]),
  ]);
};
