// CSV text, in pieces → rows of cells with their line numbers.
import { DlmError } from "../errors.ts";

export type CsvRow = { readonly line: number; readonly cells: readonly string[] };

export type CsvRows = {
  /** Rows that end within the text so far. */
  readonly push: (text: string) => readonly CsvRow[];
  /** The last row, when the text does not end in a line break. */
  readonly end: () => readonly CsvRow[];
};

/** RFC 4180: `"` quotes a cell, `""` inside is a quote; LF or CRLF; empty lines and a byte order mark are skipped. */
export const csvRows = (delimiter = ","): CsvRows => {
  let rest = "";
  let line = 1;
  let started = false;

  const take = (text: string, last: boolean): readonly CsvRow[] => {
    rest += text;
    if (!started && rest.length > 0) {
      started = true;
      if (rest.startsWith("\uFEFF")) rest = rest.slice(1);
    }
    const rows: CsvRow[] = [];
    let at = 0;
    let quote = rest.indexOf('"');
    for (;;) {
      if (quote >= 0 && quote < at) quote = rest.indexOf('"', at);
      const end = rowEnd(rest, at, quote, line);
      if (end === null && (!last || at >= rest.length)) break;
      const row = rest.slice(at, end ?? rest.length).replace(/\r$/, "");
      if (row !== "") rows.push({ line, cells: splitCells(row, delimiter, line) });
      line += 1 + lineBreaks(row);
      at = (end ?? rest.length) + 1;
    }
    rest = rest.slice(at);
    return rows;
  };

  return { push: (text) => take(text, false), end: () => take("", true) };
};

/** Position of the line break that ends the row at `from`: not one inside quotes. `quote`: the next quote, or -1. */
const rowEnd = (text: string, from: number, quote: number, line: number): number | null => {
  const end = text.indexOf("\n", from);
  if (quote < 0 || (end >= 0 && quote > end)) return end < 0 ? null : end;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === "\n" && !quoted) return at;
    if (at - from > maxRow)
      throw bad(line, 1, "a row is longer than 16 MB: is a quote not closed?");
  }
  return null;
};

const maxRow = 2 ** 24;

const lineBreaks = (row: string): number => (row.includes("\n") ? row.split("\n").length - 1 : 0);

const splitCells = (row: string, delimiter: string, line: number): readonly string[] => {
  if (!row.includes('"')) return row.split(delimiter);
  const cells: string[] = [];
  for (let at = 0; at <= row.length;) {
    const { cell, end } = row[at] === '"' ? quotedCell(row, at) : plainCell(row, at, delimiter);
    cells.push(cell);
    if (end < 0) throw bad(line, cells.length, "this quote is never closed");
    if (end < row.length && !row.startsWith(delimiter, end)) {
      throw bad(line, cells.length, "text follows the closing quote");
    }
    at = end + delimiter.length;
  }
  return cells;
};

type Cell = { readonly cell: string; readonly end: number };

const plainCell = (row: string, at: number, delimiter: string): Cell => {
  const found = row.indexOf(delimiter, at);
  const end = found < 0 ? row.length : found;
  return { cell: row.slice(at, end), end };
};

const quotedCell = (row: string, open: number): Cell => {
  let at = open + 1;
  for (;;) {
    const quote = row.indexOf('"', at);
    if (quote < 0) return { cell: "", end: -1 };
    if (row[quote + 1] !== '"') {
      return { cell: row.slice(open + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    at = quote + 2;
  }
};

const bad = (line: number, column: number, message: string): DlmError =>
  new DlmError("bad-csv", `line ${line}, column ${column}: ${message}`);
