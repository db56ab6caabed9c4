// A source map from an emitted module to .dlm files, by the places that the comments above its functions name.

import { addMapping, GenMapping, setSourceContent, toEncodedMap } from "@jridgewell/gen-mapping";

/** As bundlers take it, which may change it. */
export type SourceMap = {
  version: 3;
  names: string[];
  mappings: string;
  sources: string[];
  sourcesContent: string[];
};

/** A file of the user: where it is, as the map says it, and its text. */
export type Source = { readonly url: string; readonly text: string };

/** A line from 1, a column from 0. */
type Place = { readonly source: Source; readonly line: number; readonly column: number };

/** Of what is declared there. */
const declarationIn = (source: Source, name: string): Place | null => {
  const line = source.text
    .split("\n")
    .findIndex((text) => new RegExp(`^(?:model|train)\\s+${name}\\b`).test(text));
  return line < 0 ? null : { source, line: line + 1, column: 0 };
};

const placeIn = (comment: string, sourceOf: (name: string) => Source | null): Place | null => {
  const [, name, line, column] = /^ \* (.+?):(\d+):(\d+)  /.exec(comment) ?? [];
  const source = name === undefined ? null : sourceOf(name);
  return source === null ? null : { source, line: Number(line), column: Number(column) - 1 };
};

/**
 * `entry`: the file that was compiled. `sourceOf`: a file by the name that messages and comments have for it; null for
 * those of the library. Of the places of a function the first counts.
 */
export const sourceMapOf = (
  code: string,
  entry: Source,
  sourceOf: (name: string) => Source | null,
): SourceMap => {
  const map = new GenMapping();
  let place: Place | null = null;
  let above: Place | null = null;
  code.split("\n").forEach((text, at) => {
    const isComment = text.startsWith("/**") || text.startsWith(" *");
    if (isComment) {
      above ??= placeIn(text, sourceOf);
      return;
    }
    const column = text.length - text.trimStart().length;
    if (column === 0 && !text.startsWith("}")) {
      const [, name] = /^export class (\w+)/.exec(text) ?? [];
      place = name === undefined ? above : declarationIn(entry, name);
      above = null;
    }
    const generated = { line: at + 1, column };
    if (place === null) return addMapping(map, { generated });
    const { source, ...original } = place;
    addMapping(map, { generated, source: source.url, original });
    setSourceContent(map, source.url, source.text);
  });
  const { mappings, sources, sourcesContent = [] } = toEncodedMap(map);
  const texts = sourcesContent.map((text) => text ?? "");
  return { version: 3, names: [], mappings, sources: sources.map(String), sourcesContent: texts };
};
