// Data files that are too large for memory, or that the recipe mixes in a window, into examples read as they are needed.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { EntryProgram, FieldSpec } from "../../../runtime/abi.ts";
import type { Adapt } from "../../../runtime/data/array-reader.ts";
import type { Source } from "../../../runtime/data/dataset.ts";
import { piecesOf } from "../../../runtime/data/filter.ts";
import { DlmError } from "../../../runtime/errors.ts";
import { streamArrays, streamCsv } from "../../../runtime/node/read.ts";
import { exitCode, UserError } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import type { DataFiles } from "./data-arguments.ts";
import { missingFile } from "./data-help.ts";
import type { Examples } from "./examples.ts";
import { byteCount } from "./numbers.ts";
import { checkRanges } from "./ranges.ts";
import { columnsHelp, filePerField, isJsonLines, scaleBytes } from "./read-data.ts";
import type { ReadOptions } from "./read-data.ts";

/** Larger files are not held in memory, where their numbers take up to four times the room; packed ones grow more. */
const mostBytes = 256e6;
const mostPackedBytes = 64e6;

const pathsOf = (files: DataFiles): readonly string[] =>
  files.kind === "table" ? [files.path] : [...files.paths.values()];

const sizeOf = (terminal: Terminal, path: string): number => {
  try {
    return statSync(resolve(terminal.cwd, path)).size;
  } catch {
    throw missingFile(terminal, path);
  }
};

/** Whether the files are to be read as they are needed: they are large, or `mixed` in a window. Sequences are not. */
export const staysOnDisk = (terminal: Terminal, files: DataFiles, mixed: boolean): boolean => {
  const paths = pathsOf(files);
  if (paths.some(isJsonLines)) return false;
  const isLarge = (path: string): boolean =>
    sizeOf(terminal, path) > (path.endsWith(".gz") ? mostPackedBytes : mostBytes);
  return mixed || paths.some(isLarge);
};

/** Reads everything once: counts the examples and checks what they hold, before anything runs. */
export const streamData = async (
  terminal: Terminal,
  files: DataFiles,
  fields: readonly FieldSpec[],
  entries: readonly EntryProgram[],
  options: ReadOptions,
): Promise<{ readonly examples: Examples; readonly notes: readonly string[] }> => {
  const paths = pathsOf(files);
  const bytes = paths.reduce((sum, path) => sum + sizeOf(terminal, path), 0);
  const notes = new Set([`${byteCount(bytes)} of data: read from disk as it is needed`]);
  const adapt: Adapt = (array, field) => {
    const scaled = scaleBytes(array, field);
    if (scaled.note !== null) notes.add(scaled.note);
    return scaled.array;
  };
  const source = sourceOf(terminal, files, fields, { ...options, adapt });
  const shown = files.kind === "table" ? files.path : paths.join(" ");
  let length = 0;
  try {
    for await (const piece of piecesOf(source)) {
      checkRanges(entries, piece, shown, length);
      length += piece.length;
    }
  } catch (error) {
    if (!(error instanceof DlmError)) throw error;
    const message = paths.reduce(
      (text, path) => text.replaceAll(resolve(terminal.cwd, path), path),
      error.message,
    );
    throw new UserError(message, columnsHelp(fields), exitCode.problems);
  }
  if (length === 0) throw new UserError(`${shown} holds no examples`);
  return { examples: { length, source }, notes: [...notes] };
};

const sourceOf = (
  terminal: Terminal,
  files: DataFiles,
  fields: readonly FieldSpec[],
  { header, adapt }: ReadOptions & { readonly adapt: Adapt },
): Source => {
  const options = { header: header ? true : ("auto" as const), adapt };
  const [only] = fields;
  const isTable = files.kind === "table" && (fields.length !== 1 || only === undefined);
  if (isTable) return streamCsv(resolve(terminal.cwd, files.path), fields, options);
  const named: ReadonlyMap<string, string> =
    files.kind === "table"
      ? new Map([[only!.name, files.path]])
      : filePerField(files.paths, fields);
  const paths = [...named].map(([name, path]) => [name, resolve(terminal.cwd, path)] as const);
  return streamArrays(Object.fromEntries(paths), fields, options);
};
