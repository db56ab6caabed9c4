// Spans of the compiler as places of the protocol. Both count UTF-16 units; one from the start, the other in its line.

import type { Location, Range } from "vscode-languageserver";
import type { Span } from "../../grammar/span.ts";
import { createLineTable } from "../../grammar/line-table.ts";
import type { LineTable } from "../../grammar/line-table.ts";
import type { Workspace } from "./workspace.ts";

export type Places = {
  readonly range: (span: Span) => Range;
  readonly location: (span: Span) => Location;
};

/** For one answer: lines of each file are found once. */
export const createPlaces = ({ textOf, uriOf }: Pick<Workspace, "textOf" | "uriOf">): Places => {
  const tables = new Map<string, LineTable>();
  const tableOf = (path: string): LineTable => {
    const known = tables.get(path) ?? createLineTable(textOf(path));
    tables.set(path, known);
    return known;
  };
  const range = ({ file, start, end }: Span): Range => {
    const at = (offset: number): Range["start"] => {
      const { line, column } = tableOf(file).position(offset);
      return { line: line - 1, character: column - 1 };
    };
    return { start: at(start), end: at(end) };
  };
  return { range, location: (span) => ({ uri: uriOf(span.file), range: range(span) }) };
};
