// A source → one with some of its examples, or with others in their place.
import { DlmError } from "../errors.ts";
import { takeRows, type Dataset, type Source } from "./dataset.ts";

/** The examples whose number, from 0, is kept; in their order. */
export const filterRows = (source: Source, keep: (row: number) => boolean): Source => {
  if (source.kind === "epochs") throw cannotSplit();
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

/** Part of one epoch may be another part of the next. */
export const cannotSplit = (): DlmError =>
  new DlmError(
    "bad-data",
    "examples that differ from epoch to epoch cannot be split: pass validation data of its own",
  );

const keptRows = (data: Dataset, first: number, keep: (row: number) => boolean): Dataset => {
  const rows: number[] = [];
  for (let row = 0; row < data.length; row++) if (keep(first + row)) rows.push(row);
  return rows.length === data.length ? data : takeRows(data, rows);
};

/** Changes every table as it comes. */
export const mapSource = (source: Source, change: (data: Dataset) => Dataset): Source => {
  if (source.kind === "table") return { kind: "table", data: change(source.data) };
  if (source.kind === "epochs") return { kind: "epochs", at: (epoch) => change(source.at(epoch)) };
  const open = async function* (): AsyncGenerator<Dataset, void, undefined> {
    for await (const piece of source.open()) yield change(piece);
  };
  return { kind: "stream", open };
};

/** All of it (of the first epoch), in one piece or several. */
export const piecesOf = (source: Source): AsyncIterable<Dataset> | Iterable<Dataset> =>
  source.kind === "table"
    ? [source.data]
    : source.kind === "epochs"
      ? [source.at(0)]
      : source.open();
