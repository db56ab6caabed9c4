// CSV text, in pieces → columns for the fields of a recipe.
import type { FieldSpec } from "../abi.ts";
import { DlmError } from "../errors.ts";
import type { TensorData } from "../store.ts";
import { csvRows, type CsvRow } from "./csv-rows.ts";
import { datasetOf, exampleWidth, type Dataset } from "./dataset.ts";

export type CsvOptions = {
  /** Whether the first row holds names; "auto": when one of its cells is not a number. */
  readonly header?: boolean | "auto";
  readonly delimiter?: string;
  /**
   * The columns of each field, by name or by position from 0 (negative: from the end). Without it, fields are found
   * by name if the header has them all, else they take columns in order from the left.
   */
  readonly columns?: Readonly<Record<string, readonly (string | number)[]>>;
};

export type CsvReader = {
  readonly push: (text: string) => void;
  readonly end: () => void;
  /** The rows since the last call, as a table. */
  readonly take: () => Dataset;
};

/** Where the values of a field come from: positions of cells. */
type Plan = {
  readonly width: number;
  readonly names: readonly string[] | null;
  readonly fields: readonly { readonly field: FieldSpec; readonly cells: readonly number[] }[];
};

/** Reads the fields; every row must have the same number of cells. */
export const csvReader = (fields: readonly FieldSpec[], options: CsvOptions = {}): CsvReader => {
  const rows = csvRows(options.delimiter);
  let names: readonly string[] | null = null;
  let first = true;
  let plan: Plan | null = null;
  let columns = new Map(fields.map((field) => [field.name, growable(field)]));

  const accept = (row: CsvRow): void => {
    if (first) {
      first = false;
      if (isHeader(row, options.header ?? "auto")) {
        names = row.cells.map((cell) => cell.trim());
        return;
      }
    }
    plan ??= planColumns(fields, options, names, row.cells.length);
    if (row.cells.length !== plan.width) {
      throw bad(row.line, `${row.cells.length} cells, where other rows have ${plan.width}`);
    }
    for (const { field, cells } of plan.fields) {
      const column = columns.get(field.name)!;
      for (const at of cells) column.push(parseCell(row, at, field, plan.names));
    }
  };

  return {
    push: (text) => rows.push(text).forEach(accept),
    end: () => rows.end().forEach(accept),
    take: () => {
      const taken = columns;
      columns = new Map(fields.map((field) => [field.name, growable(field)]));
      return datasetOf(
        fields.map((field) => {
          const cells = plan?.fields.find((planned) => planned.field === field)?.cells.length ?? 1;
          const shape = exampleWidth(field) === null ? [cells] : fixedShape(field);
          const values = taken.get(field.name)!.values();
          return [field.name, { dtype: field.dtype, shape, values }] as const;
        }),
      );
    },
  };
};

/** Reads a whole text. */
export const parseCsv = (
  text: string,
  fields: readonly FieldSpec[],
  options: CsvOptions = {},
): Dataset => {
  const reader = csvReader(fields, options);
  reader.push(text);
  reader.end();
  return reader.take();
};

const fixedShape = (field: FieldSpec): readonly number[] =>
  field.shape.slice(1).filter((size) => typeof size === "number");

const isHeader = (row: CsvRow, header: boolean | "auto"): boolean =>
  header === "auto" ? row.cells.some((cell) => Number.isNaN(numberOf(cell))) : header;

const planColumns = (
  fields: readonly FieldSpec[],
  options: CsvOptions,
  names: readonly string[] | null,
  width: number,
): Plan => {
  // A first line with another number of cells is a remark about the file, not the names of its columns.
  const known = names?.length === width ? names : null;
  const { columns } = options;
  const byName =
    columns === undefined &&
    known !== null &&
    fields.every((field) => exampleWidth(field) === 1 && known.includes(field.name));
  if (columns === undefined && !byName) {
    return { width, names: known, fields: columnsInOrder(fields, width) };
  }
  return {
    width,
    names: known,
    fields: fields.map((field) => {
      const chosen = byName ? [field.name] : columns?.[field.name];
      if (chosen === undefined) throw bad(1, `no columns are given for \`${field.name}\``);
      const wanted = exampleWidth(field);
      if (wanted !== null && wanted !== chosen.length) {
        throw bad(1, `\`${field.name}\` needs ${wanted} columns, ${chosen.length} are given`);
      }
      return { field, cells: chosen.map((column) => positionOf(column, known, width)) };
    }),
  };
};

const columnsInOrder = (fields: readonly FieldSpec[], width: number): Plan["fields"] => {
  const open = fields.filter((field) => exampleWidth(field) === null);
  if (open.length > 1) {
    const list = open.map((field) => `\`${field.name}\``).join(" and ");
    throw bad(1, `${list} have no fixed width: say which columns they take`);
  }
  const fixed = fields.reduce((sum, field) => sum + (exampleWidth(field) ?? 0), 0);
  if (open.length === 0 ? fixed !== width : fixed >= width) {
    const needs = fields.map((field) => `\`${field.name}\` ${exampleWidth(field) ?? "the rest"}`);
    throw bad(1, `the rows have ${width} cells; the fields need ${needs.join(", ")}`);
  }
  let next = 0;
  return fields.map((field) => {
    const start = next;
    const count = exampleWidth(field) ?? width - fixed;
    next += count;
    return { field, cells: Array.from({ length: count }, (_, i) => start + i) };
  });
};

const positionOf = (
  column: string | number,
  names: readonly string[] | null,
  width: number,
): number => {
  if (typeof column === "string") {
    const at = names?.indexOf(column) ?? -1;
    if (at >= 0) return at;
    const known = names === null ? "the file has no header" : `it has ${names.join(", ")}`;
    throw bad(1, `there is no column \`${column}\` (${known})`);
  }
  const at = column < 0 ? width + column : column;
  if (Number.isInteger(at) && at >= 0 && at < width) return at;
  throw bad(1, `there is no column ${column} among ${width}`);
};

/** NaN for what is not a plain decimal number. */
const numberOf = (cell: string): number => {
  const text = cell.trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
};

const parseCell = (
  row: CsvRow,
  at: number,
  field: FieldSpec,
  names: readonly string[] | null,
): number => {
  const cell = row.cells[at]!;
  const value = field.dtype === "bool" ? boolOf(cell) : numberOf(cell);
  const fits =
    field.dtype === "i32"
      ? Number.isInteger(value) && Math.abs(value) < 2 ** 31
      : Number.isFinite(Math.fround(value));
  if (fits) return value;
  const wanted = { f32: "a number", i32: "a whole number", bool: "0, 1, true or false" }[
    field.dtype
  ];
  const name = names === null ? "" : ` (\`${names[at]}\`)`;
  const shown = JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
  throw bad(
    row.line,
    `column ${at + 1}${name} of \`${field.name}\` should be ${wanted}, got ${shown}`,
  );
};

const boolOf = (cell: string): number => {
  const at = ["0", "1", "false", "true"].indexOf(cell.trim().toLowerCase());
  return at < 0 ? NaN : at % 2;
};

type Growable = { readonly push: (value: number) => void; readonly values: () => TensorData };

const growable = (field: FieldSpec): Growable => {
  const make = (length: number): TensorData =>
    field.dtype === "f32"
      ? new Float32Array(length)
      : field.dtype === "i32"
        ? new Int32Array(length)
        : new Uint8Array(length);
  let held = make(64);
  let length = 0;
  return {
    push: (value) => {
      if (length === held.length) {
        const grown = make(2 * length);
        grown.set(held);
        held = grown;
      }
      held[length++] = value;
    },
    values: () => held.slice(0, length),
  };
};

const bad = (line: number, message: string): DlmError =>
  new DlmError("bad-csv", `line ${line}: ${message}`);
