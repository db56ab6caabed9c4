// A text into the places of its lines: offset → line and column.

export type Position = {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
};

export type LineTable = {
  readonly count: number;
  readonly position: (offset: number) => Position;
  /** Offset of the first character of a line; lines count from 1. */
  readonly start: (line: number) => number;
  /** A line without its terminator. */
  readonly text: (line: number) => string;
};

/** Lines end with `\n`, `\r\n` or `\r`. */
export const createLineTable = (text: string): LineTable => {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  const start = (line: number): number => starts[line - 1] ?? text.length;
  return {
    count: starts.length,
    start,
    position: (offset) => {
      const place = Math.min(Math.max(offset, 0), text.length);
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= place) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: place - starts[low]! + 1 };
    },
    text: (line) => text.slice(start(line), start(line + 1)).replace(/[\r\n]+$/, ""),
  };
};
