// Data files named on the command line into one table with the fields of a recipe.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { EntryProgram, FieldSpec } from "../../../runtime/abi.ts";
import { columnOf } from "../../../runtime/data/arrays.ts";
import type { FileArray } from "../../../runtime/data/arrays.ts";
import { csvReader } from "../../../runtime/data/csv.ts";
import { datasetOf, exampleWidth } from "../../../runtime/data/dataset.ts";
import type { Column, Dataset } from "../../../runtime/data/dataset.ts";
import { jsonLinesReader } from "../../../runtime/data/json-lines.ts";
import { parseIdx } from "../../../runtime/data/idx.ts";
import { parseNpy } from "../../../runtime/data/npy.ts";
import { DlmError } from "../../../runtime/errors.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import { fieldText, missingFile } from "./data-help.ts";
import type { DataFiles } from "./data-arguments.ts";

export type ReadOptions = {
  /** Whether the first line of a CSV is skipped; otherwise it is when it does not hold numbers. */
  readonly header: boolean;
  /** Names of JSON Lines that are not read. */
  readonly others?: readonly string[];
  /** What reads the fields: what they ignore fills the shorter sequences. */
  readonly entries?: readonly EntryProgram[];
};

/** A table, and what was done to the values on the way that the user should know. */
export type ReadData = { readonly data: Dataset; readonly notes: readonly string[] };

const gzipped = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The end of a file says how long it was: with room for all at once no pieces have to be put together. */
const unpacked = (raw: Buffer): Buffer => {
  const length = raw.readUInt32LE(raw.length - 4);
  return gunzipSync(raw, { chunkSize: Math.min(Math.max(length + 1, leastRoom), mostRoom) });
};

/** In bytes; the file may be wrong. */
const [leastRoom, mostRoom] = [2 ** 14, 2 ** 26];

export const readBytes = (terminal: Terminal, path: string): Uint8Array => {
  const raw = ((): Buffer => {
    try {
      return readFileSync(resolve(terminal.cwd, path));
    } catch {
      throw missingFile(terminal, path);
    }
  })();
  try {
    return gzipped(raw) ? unpacked(raw) : raw;
  } catch {
    throw new UserError(`${path} is damaged: its gzip data cannot be unpacked`);
  }
};

type Format = "csv" | "idx" | "npy" | "json";

/** Whether a file holds an example to a line, by its name. */
export const isJsonLines = (path: string): boolean => /\.(jsonl|ndjson)(\.gz)?$/i.test(path);

/** Told by the name or the first bytes: text never starts with a zero or 0x93, and a CSV with no brace. */
const formatOf = (path: string, bytes: Uint8Array): Format => {
  if (isJsonLines(path) || bytes[0] === 0x7b) return "json";
  return bytes[0] === 0x93 ? "npy" : bytes[0] === 0 && bytes[1] === 0 ? "idx" : "csv";
};

/** Errors of the readers with the file's name in front. */
export const within = <T>(path: string, help: string, body: () => T): T => {
  try {
    return body();
  } catch (error) {
    if (error instanceof DlmError)
      throw new UserError(`${path}: ${error.message}`, help, exitCode.problems);
    throw error;
  }
};

const delimiterOf = (path: string): string => (/\.tsv(\.gz)?$/i.test(path) ? "\t" : ",");

const pieceBytes = 1 << 20;

const parseText = (
  path: string,
  bytes: Uint8Array,
  fields: readonly FieldSpec[],
  header: boolean,
): Dataset => {
  const reader = csvReader(fields, {
    header: header ? true : "auto",
    delimiter: delimiterOf(path),
  });
  for (const text of textOf(bytes)) reader.push(text);
  reader.end();
  return reader.take();
};

/** The text of a file in pieces, as it may be longer than a string can be. */
function* textOf(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield decoder.decode(bytes.subarray(at, at + pieceBytes), { stream: true });
  yield decoder.decode();
}

const parseJson = (
  bytes: Uint8Array,
  fields: readonly FieldSpec[],
  { others = [], entries = [] }: ReadOptions,
): Dataset => {
  const ignored = entries.flatMap(({ data }) =>
    data.flatMap(({ name, except }) => (except === undefined ? [] : [[name, except] as const])),
  );
  const reader = jsonLinesReader(fields, { others, padding: new Map(ignored) });
  for (const text of textOf(bytes)) reader.push(text);
  return reader.end();
};

/** Bytes of images are 0..255; a field of fractions gets them as 0..1. */
export const scaleBytes = (
  array: FileArray,
  field: FieldSpec,
): { readonly array: FileArray; readonly note: string | null } => {
  if (field.dtype !== "f32" || !(array.values instanceof Uint8Array)) return { array, note: null };
  const values = new Float32Array(array.values.length);
  for (let i = 0; i < values.length; i++) values[i] = array.values[i]! / 255;
  return {
    array: { shape: array.shape, values },
    note: `\`${field.name}\`: bytes 0..255 became 0..1`,
  };
};

const readField = (
  terminal: Terminal,
  path: string,
  field: FieldSpec,
  { header }: ReadOptions,
): { readonly column: Column; readonly note: string | null } => {
  const bytes = readBytes(terminal, path);
  const format = formatOf(path, bytes);
  if (format === "json")
    throw new UserError(`${path} holds whole examples, not one field`, `write --data ${path}`);
  return within(path, `the recipe declares ${fieldText(field)}`, () => {
    if (format === "csv") {
      const table = parseText(path, bytes, [field], header);
      return { column: table.columns.get(field.name)!, note: null };
    }
    const parsed = format === "idx" ? parseIdx(bytes) : parseNpy(bytes);
    const { array, note } = scaleBytes(parsed, field);
    return { column: columnOf(array, field), note };
  });
};

export const columnsHelp = (fields: readonly FieldSpec[]): string =>
  `columns are the fields in order: ${fields
    .map((field) => `${field.name} (${exampleWidth(field) ?? "the rest"})`)
    .join(", ")}`;

export const readData = (
  terminal: Terminal,
  files: DataFiles,
  fields: readonly FieldSpec[],
  options: ReadOptions,
): ReadData => {
  if (files.kind === "table") {
    const { path } = files;
    const bytes = readBytes(terminal, path);
    const format = formatOf(path, bytes);
    if (format === "json") {
      const help = `each line holds one example: ${fields.map(fieldText).join(", ")}`;
      const data = within(path, help, () => parseJson(bytes, fields, options));
      return { data: notEmpty(data, path), notes: [] };
    }
    if (format !== "csv") {
      const [only, ...more] = fields;
      if (only === undefined || more.length > 0)
        throw new UserError(
          `${path} holds one array, and the recipe has ${fields.length} data fields`,
          `name a file for each: --data ${fields.map(({ name }) => `${name}=FILE`).join(" ")}`,
        );
      const { column, note } = readField(terminal, path, only, options);
      return { data: datasetOf([[only.name, column]]), notes: note === null ? [] : [note] };
    }
    const data = within(path, columnsHelp(fields), () =>
      parseText(path, bytes, fields, options.header),
    );
    return { data: notEmpty(data, path), notes: [] };
  }
  const paths = filePerField(files.paths, fields);
  const read = fields.map((field) => ({
    field,
    ...readField(terminal, paths.get(field.name)!, field, options),
  }));
  const data = within(
    [...files.paths.values()].join(", "),
    "every file needs as many examples",
    () => datasetOf(read.map(({ field, column }) => [field.name, column] as const)),
  );
  return {
    data: notEmpty(data, [...files.paths.values()][0]!),
    notes: read.flatMap(({ note }) => (note === null ? [] : [note])),
  };
};

/** Refuses fields without a file. */
export const filePerField = (
  paths: ReadonlyMap<string, string>,
  fields: readonly FieldSpec[],
): ReadonlyMap<string, string> => {
  const missing = fields.filter(({ name }) => !paths.has(name));
  if (missing.length === 0) return paths;
  throw new UserError(
    `no file is named for ${missing.map(({ name }) => `\`${name}\``).join(", ")}`,
    `add ${missing.map(({ name }) => `${name}=FILE`).join(" ")}`,
  );
};

const notEmpty = (data: Dataset, path: string): Dataset => {
  if (data.length > 0) return data;
  throw new UserError(`${path} holds no examples`);
};

/** Cells in the first line of a CSV file; null for other formats. */
export const countColumns = (terminal: Terminal, path: string): number | null => {
  const bytes = readBytes(terminal, path);
  if (formatOf(path, bytes) !== "csv") return null;
  const end = bytes.indexOf(10, bytes.indexOf(10) + 1);
  const lines = new TextDecoder()
    .decode(bytes.subarray(0, end < 0 ? bytes.length : end))
    .trim()
    .split("\n");
  // The second line, where there is one: the first may be a remark.
  return lines.at(-1)!.split(delimiterOf(path)).length;
};
