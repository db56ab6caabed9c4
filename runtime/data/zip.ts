// Columns in pieces, one iterator per field → tables in pieces.
import { DlmError } from "../errors.ts";
import { countOf } from "../store.ts";
import { datasetOf, type Column, type Dataset } from "./dataset.ts";

/** A field and the pieces of its column, which may end anywhere. */
export type ColumnPieces = readonly [name: string, pieces: AsyncIterable<Column>];

type Reading = {
  readonly name: string;
  readonly pieces: AsyncIterator<Column>;
  /** What is left of the last piece. */
  column: Column | null;
};

/** Asks each field for its next piece only when the last one is used up. */
export async function* zipColumns(
  fields: readonly ColumnPieces[],
): AsyncGenerator<Dataset, void, undefined> {
  const readings = fields.map(([name, pieces]): Reading => {
    return { name, pieces: pieces[Symbol.asyncIterator](), column: null };
  });
  try {
    for (;;) {
      for (const reading of readings) {
        while (reading.column === null || lengthOf(reading.column) === 0) {
          const next = await reading.pieces.next();
          reading.column = next.done === true ? null : next.value;
          if (next.done === true) break;
        }
      }
      const ended = readings.find(({ column }) => column === null);
      const going = readings.find(({ column }) => column !== null);
      if (going === undefined) return;
      if (ended !== undefined) {
        throw new DlmError(
          "bad-data",
          `\`${ended.name}\` has fewer examples than \`${going.name}\``,
        );
      }
      const count = Math.min(...readings.map(({ column }) => lengthOf(column!)));
      yield datasetOf(
        readings.map((reading) => [reading.name, takeFirst(reading, count)] as const),
      );
    }
  } finally {
    await Promise.all(readings.map(({ pieces }) => pieces.return?.()));
  }
}

const lengthOf = ({ shape, values }: Column): number => values.length / countOf(shape);

const takeFirst = (reading: Reading, count: number): Column => {
  const column = reading.column!;
  const end = count * countOf(column.shape);
  reading.column = { ...column, values: column.values.subarray(end) };
  return { ...column, values: column.values.subarray(0, end) };
};
