// Files of examples on disk, gzipped or not → tables and streams.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FieldSpec } from "../abi.ts";
import { columnOf, type FileArray } from "../data/arrays.ts";
import { csvReader, type CsvOptions } from "../data/csv.ts";
import { datasetOf, type Dataset, type Source } from "../data/dataset.ts";
import { parseIdx } from "../data/idx.ts";
import { parseNpy } from "../data/npy.ts";
import { DlmError } from "../errors.ts";
import { ioError } from "./checkpoint.ts";

export type FileFormat = "csv" | "idx" | "npy";

/** By extension, `.gz` left off: `.csv`, `.tsv`, `.npy`, `.idx`, or an MNIST name such as `train-images-idx3-ubyte`. */
export const formatOf = (path: string): FileFormat => {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (/\.(csv|tsv)$/.test(name)) return "csv";
  if (name.endsWith(".npy")) return "npy";
  if (/(\.|-)idx\d?(-ubyte)?$/.test(name)) return "idx";
  throw new DlmError(
    "bad-data",
    `\`${path}\` is none of .csv, .tsv, .npy, .idx, with or without .gz`,
  );
};

/** The bytes of a file, piece by piece; `.gz` is unpacked on the way. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const stream = path.toLowerCase().endsWith(".gz")
    ? // Errors of either stream reach the loop below.
      pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => undefined)
    : file;
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (cause) {
    throw ioError("read", path, cause);
  }
}

export const readWhole = async (path: string): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of readPieces(path)) {
    pieces.push(piece);
    length += piece.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

/** An IDX or NPY file. */
export const readArray = async (path: string): Promise<FileArray> => {
  const format = formatOf(path);
  if (format === "csv") throw new DlmError("bad-data", `\`${path}\` is a table, not one array`);
  const bytes = await readWhole(path);
  return inFile(path, () => (format === "idx" ? parseIdx(bytes) : parseNpy(bytes)));
};

/** A CSV file as a table of the fields. */
export const readCsv = async (
  path: string,
  fields: readonly FieldSpec[],
  options: CsvOptions = {},
): Promise<Dataset> => {
  const reader = csvReader(fields, withDelimiter(path, options));
  for await (const text of readText(path)) inFile(path, () => reader.push(text));
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
  open: async function* () {
    const reader = csvReader(fields, withDelimiter(path, options));
    for await (const text of readText(path)) {
      inFile(path, () => reader.push(text));
      yield inFile(path, () => reader.take());
    }
    inFile(path, () => reader.end());
    yield inFile(path, () => reader.take());
  },
});

/** One array file per field: images and labels, for example. */
export const readArrays = async (
  paths: Readonly<Record<string, string>>,
  fields: readonly FieldSpec[],
): Promise<Dataset> =>
  datasetOf(
    await Promise.all(
      fields.map(async (field) => {
        const path = paths[field.name];
        if (path === undefined)
          throw new DlmError("bad-data", `no file is given for \`${field.name}\``);
        const array = await readArray(path);
        return [field.name, inFile(path, () => columnOf(array, field))] as const;
      }),
    ),
  );

const withDelimiter = (path: string, options: CsvOptions): CsvOptions =>
  /\.tsv(\.gz)?$/i.test(path) ? { delimiter: "\t", ...options } : options;

async function* readText(path: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for await (const piece of readPieces(path)) yield decodePiece(path, decoder, piece);
  yield decodePiece(path, decoder, undefined);
}

const decodePiece = (path: string, decoder: TextDecoder, piece: Uint8Array | undefined): string => {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch {
    throw new DlmError("bad-csv", `${path}: the text is not UTF-8`);
  }
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
