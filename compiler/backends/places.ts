// Turns spans into `file.dlm:line:column` and the line itself, for comments and errors of emitted code.

import type { Span } from "../../grammar/span.ts";

export type Place = {
  /** `mnist.dlm:4:25` */
  readonly at: string;
  /** The line of the source, trimmed; "" where the text is not known. */
  readonly line: string;
  /** The text itself on one line, cut where it is long. */
  readonly text: string;
};

export type Places = (span: Span | null) => Place | null;

/** `textOf` gives the text of each file that was read. */
export const createPlaces = (textOf: (path: string) => string | null): Places => {
  const starts = new Map<string, readonly number[]>();
  const linesOf = (path: string, text: string): readonly number[] => {
    const known = starts.get(path);
    if (known !== undefined) return known;
    const found = [0, ...[...text.matchAll(/\n/g)].map((m) => m.index + 1)];
    starts.set(path, found);
    return found;
  };
  return (span) => {
    if (span === null) return null;
    const name = span.file.slice(
      Math.max(span.file.lastIndexOf("/"), span.file.lastIndexOf("\\")) + 1,
    );
    const text = textOf(span.file);
    if (text === null) return { at: name, line: "", text: "" };
    const lines = linesOf(span.file, text);
    const row = lines.findLastIndex((start) => start <= span.start);
    const start = lines[row] ?? 0;
    const end = lines[row + 1] ?? text.length;
    return {
      at: `${name}:${row + 1}:${span.start - start + 1}`,
      line: text.slice(start, end).trim(),
      text: shortened(text.slice(span.start, span.end)),
    };
  };
};

const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 48 ? line : `${line.slice(0, 47)}…`;
};

/** Places where no source is at hand. */
export const noPlaces: Places = createPlaces(() => null);
