// JSON Lines, in pieces of text → columns of the fields: one example to a line, an object of numbers and arrays.
import type { FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { TensorData } from "../store.ts";
import { datasetOf, selectFields, type Column, type Dataset } from "./dataset.ts";
import { sequenceColumn } from "./sequences.ts";

export type JsonLinesOptions = {
  /** Names that may stand beside the fields and are not read. */
  readonly others?: readonly string[];
  /** What fills the shorter sequences of a batch, by field; 0 by default. */
  readonly padding?: ReadonlyMap<string, number>;
};

export type JsonLinesReader = {
  readonly push: (text: string) => void;
  /** Everything that was pushed. A field whose length differs from line to line is a sequence column. */
  readonly end: () => Dataset;
};

/** A field `lengths` or `x_lengths` may be missing from every line: it is filled in. */
export const jsonLinesReader = (
  fields: readonly FieldSpec[],
  { others = [], padding = new Map() }: JsonLinesOptions = {},
): JsonLinesReader => {
  const read = new Map(fields.map((field) => [field.name, [] as TensorData[]]));
  const optional = new Set(fields.map(({ name }) => name).filter((name) => lengthName.test(name)));
  let rest = "";
  let line = 0;
  let examples = 0;

  const readLine = (text: string): void => {
    line++;
    const trimmed = (line === 1 ? text.replace(/^\uFEFF/, "") : text).trim();
    if (trimmed === "") return;
    const example = parseObject(trimmed, line);
    for (const name of Object.keys(example)) {
      if (read.has(name) || others.includes(name)) continue;
      const known = fields.map((field) => `\`${field.name}\``).join(", ");
      throw bad(line, `\`${name}\` is no field (the fields are ${known})`);
    }
    for (const field of fields) {
      const list = read.get(field.name)!;
      const given = Object.hasOwn(example, field.name);
      if (given && list.length === examples) list.push(valuesOf(example[field.name], field, line));
      else if (given) throw bad(line, `\`${field.name}\` was missing from earlier lines`);
      else if (!optional.has(field.name) || list.length > 0)
        throw bad(line, `there is no \`${field.name}\``);
    }
    examples++;
  };

  return {
    push: (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      lines.forEach(readLine);
    },
    end: () => {
      if (rest !== "") readLine(rest);
      rest = "";
      const columns = fields.flatMap((field): (readonly [string, Column])[] => {
        const list = read.get(field.name)!;
        if (list.length === 0 && examples > 0) return [];
        return [[field.name, columnOf(field, list, padding.get(field.name))]];
      });
      return selectFields(datasetOf(columns), fields);
    },
  };
};

const lengthName = /^(.+_)?lengths$/;

const parseObject = (text: string, line: number): Readonly<Record<string, unknown>> => {
  const value = ((): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw bad(line, `this is no JSON: ${(error as Error).message}`);
    }
  })();
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw bad(line, 'an example is an object: {"field": [1, 2, 3], …}');
};

/** Sizes of one position: without the batch, and without the axis that may differ. */
const inner = ({ shape }: FieldSpec): readonly (number | string)[] =>
  shape.slice(typeof shape[1] === "string" ? 2 : 1);

const columnOf = (
  field: FieldSpec,
  examples: readonly TensorData[],
  padding: number | undefined,
): Column => {
  const shape = inner(field).map(Number);
  const column = sequenceColumn(examples, { shape, ...(padding === undefined ? {} : { padding }) });
  if (typeof field.shape[1] === "string") return { ...column, dtype: field.dtype };
  return { dtype: field.dtype, shape, values: column.values };
};

/** The numbers of one example in the field's dtype, their nesting checked. */
const valuesOf = (value: unknown, field: FieldSpec, line: number): TensorData => {
  const numbers: number[] = [];
  const differing = inner(field).find((size) => typeof size === "string");
  if (differing !== undefined)
    throw bad(line, `\`${field.name}\`: only its second axis may differ, not \`${differing}\``);
  const sizes = field.shape.slice(1);
  const visit = (item: unknown, axis: number): void => {
    if (axis === sizes.length) return void numbers.push(numberOf(item, field, line));
    const size = sizes[axis]!;
    if (!Array.isArray(item))
      throw bad(
        line,
        `\`${field.name}\` needs ${listText(sizes.slice(axis))}, this is ${shown(item)}`,
      );
    if (typeof size === "number" && item.length !== size)
      throw bad(line, `\`${field.name}\` needs a list of ${size}, this has ${item.length}`);
    for (const one of item) visit(one, axis + 1);
  };
  visit(value, 0);
  return field.dtype === "f32"
    ? Float32Array.from(numbers)
    : field.dtype === "i32"
      ? Int32Array.from(numbers)
      : Uint8Array.from(numbers);
};

const numberOf = (item: unknown, { name, dtype }: FieldSpec, line: number): number => {
  const value = dtype === "bool" && typeof item === "boolean" ? Number(item) : item;
  const fits =
    typeof value === "number" &&
    (dtype === "f32"
      ? Number.isFinite(Math.fround(value))
      : Number.isInteger(value) &&
        (dtype === "bool" ? value === 0 || value === 1 : (value | 0) === value));
  if (fits) return value;
  const what = { f32: "a number", i32: "a whole number", bool: "true or false" }[dtype];
  throw bad(line, `\`${name}\` holds ${shown(item)}, not ${what}`);
};

/** "a list of 3", "a list of lists of 2". */
const listText = (sizes: readonly (number | string)[]): string =>
  sizes
    .map(
      (size, i) =>
        `${i === 0 ? "a list" : "lists"}${typeof size === "number" ? ` of ${size}` : ""}`,
    )
    .join(" of ");

const shown = (item: unknown): string => {
  const text = JSON.stringify(item) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

const bad = (line: number, message: string): DlmError =>
  new DlmError("bad-json", `line ${line}: ${message}`);
