// Files of examples on disk, gzipped or not → tables and streams.
import type { FieldSpec } from "../abi.ts";
import { arrayReader, type Adapt } from "../data/array-reader.ts";
import { columnOf, type FileArray } from "../data/arrays.ts";
import { csvReader, type CsvOptions } from "../data/csv.ts";
import { datasetOf, type Column, type Dataset, type Source } from "../data/dataset.ts";
import { parseIdx } from "../data/idx.ts";
import { parseNpy } from "../data/npy.ts";
import { zipColumns } from "../data/zip.ts";
import { DlmError } from "../errors.ts";
import { readPieces, readWhole } from "./pieces.ts";

export type FileFormat = "csv" | "idx" | "npy";

/** By its name, `.gz` left off, such as `x.npy` or `train-images-idx3-ubyte`; else by its first bytes. */
export const formatOf = (path: string, head: Uint8Array): FileFormat => {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (/\.(csv|tsv)$/.test(name)) return "csv";
  if (name.endsWith(".npy") || head[0] === 0x93) return "npy";
  // Text never starts with a zero.
  return /(\.|-)idx\d?(-ubyte)?$/.test(name) || head[0] === 0 ? "idx" : "csv";
};

/** An IDX or NPY file. */
export const readArray = async (path: string): Promise<FileArray> => {
  const bytes = await readWhole(path);
  const format = formatOf(path, bytes);
  if (format === "csv") throw new DlmError("bad-data", `\`${path}\` is a table, not one array`);
  return inFile(path, () => (format === "idx" ? parseIdx(bytes) : parseNpy(bytes)));
};

/** A CSV file as a table of the fields. */
export const readCsv = async (
  path: string,
  fields: readonly FieldSpec[],
  options: CsvOptions = {},
): Promise<Dataset> => {
  const reader = tableReader(path, fields, options);
  for await (const bytes of readPieces(path)) inFile(path, () => reader.push(bytes));
  inFile(path, () => reader.end());
  return inFile(path, () => reader.take());
};

/** A CSV file as a stream: only a piece of it is in memory at a time. */
export const streamCsv = (
  path: string,
  fields: readonly FieldSpec[],
  options: CsvOptions = {},
): Source => ({
  kind: "stream",
  open: () => takenPieces(path, () => tableReader(path, fields, options)),
});

/** One array file per field: images and labels, for example. */
export const readArrays = async (
  paths: FieldPaths,
  fields: readonly FieldSpec[],
): Promise<Dataset> =>
  datasetOf(
    await Promise.all(
      fields.map(async (field) => {
        const path = pathOf(paths, field);
        const array = await readArray(path);
        return [field.name, inFile(path, () => columnOf(array, field))] as const;
      }),
    ),
  );

export type StreamOptions = CsvOptions & { readonly adapt?: Adapt };

/** One file per field, each of any format, read in step: only a piece of each is in memory at a time. */
export const streamArrays = (
  paths: FieldPaths,
  fields: readonly FieldSpec[],
  options: StreamOptions = {},
): Source => ({
  kind: "stream",
  open: () =>
    zipColumns(
      fields.map((field) => {
        const path = pathOf(paths, field);
        return [field.name, columnsOf(path, field, options)] as const;
      }),
    ),
});

/** The file of each field. */
export type FieldPaths = Readonly<Record<string, string>>;

const pathOf = (paths: FieldPaths, { name }: FieldSpec): string => {
  const path = paths[name];
  if (path !== undefined) return path;
  throw new DlmError("bad-data", `no file is given for \`${name}\``);
};

async function* columnsOf(
  path: string,
  field: FieldSpec,
  options: StreamOptions,
): AsyncGenerator<Column, void, undefined> {
  const readerOf = (head: Uint8Array): BytesReader<Column | null> => {
    const format = formatOf(path, head);
    if (format !== "csv") return arrayReader(format, field, options.adapt);
    const reader = tableReader(path, [field], options);
    return { ...reader, take: () => reader.take().columns.get(field.name)! };
  };
  for await (const column of takenPieces(path, readerOf)) if (column !== null) yield column;
}

type BytesReader<T> = {
  readonly push: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly take: () => T;
};

/** What a reader gives after each piece of a file; it is chosen by the first one. */
async function* takenPieces<T>(
  path: string,
  open: (head: Uint8Array) => BytesReader<T>,
): AsyncGenerator<T, void, undefined> {
  let reader: BytesReader<T> | null = null;
  for await (const bytes of readPieces(path)) {
    const current = (reader ??= open(bytes));
    yield inFile(path, () => {
      current.push(bytes);
      return current.take();
    });
  }
  const last = reader ?? open(new Uint8Array(0));
  yield inFile(path, () => {
    last.end();
    return last.take();
  });
}

/** Bytes of CSV text into a table. */
const tableReader = (
  path: string,
  fields: readonly FieldSpec[],
  options: CsvOptions,
): BytesReader<Dataset> => {
  const tabs = /\.tsv(\.gz)?$/i.test(path) ? { delimiter: "\t" } : {};
  const reader = csvReader(fields, { ...tabs, ...options });
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new DlmError("bad-csv", "the text is not UTF-8");
    }
  };
  return {
    push: (bytes) => reader.push(decode(bytes)),
    end: () => {
      reader.push(decode());
      reader.end();
    },
    take: reader.take,
  };
};

/** Puts the path before the message of an error about what the file holds. */
const inFile = <T>(path: string, body: () => T): T => {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DlmError)) throw error;
    throw new DlmError(error.code, `${path}: ${error.message}`, { cause: error });
  }
};
