// A source → one with some of its examples, or with others in their place.
import { takeRows, type Dataset, type Source } from "./dataset.ts";

/** The examples whose number, from 0, is kept; in their order. */
export const filterRows = (source: Source, keep: (row: number) => boolean): Source => {
  if (source.kind === "table") return { kind: "table", data: keptRows(source.data, 0, keep) };
  const open = async function* (): AsyncGenerator<Dataset, void, undefined> {
    let first = 0;
    for await (const piece of source.open()) {
      yield keptRows(piece, first, keep);
      first += piece.length;
    }
  };
  return { kind: "stream", open };
};

const keptRows = (data: Dataset, first: number, keep: (row: number) => boolean): Dataset => {
  const rows: number[] = [];
  for (let row = 0; row < data.length; row++) if (keep(first + row)) rows.push(row);
  return rows.length === data.length ? data : takeRows(data, rows);
};

/** Changes every table as it comes. */
export const mapSource = (source: Source, change: (data: Dataset) => Dataset): Source => {
  if (source.kind === "table") return { kind: "table", data: change(source.data) };
  const open = async function* (): AsyncGenerator<Dataset, void, undefined> {
    for await (const piece of source.open()) yield change(piece);
  };
  return { kind: "stream", open };
};

/** All of it, in one piece or several. */
export const piecesOf = (source: Source): AsyncIterable<Dataset> | Iterable<Dataset> =>
  source.kind === "table" ? [source.data] : source.open();
