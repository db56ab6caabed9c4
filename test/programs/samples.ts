// The sample programs of the language, with sizes small enough for the interpreter.

import { readFileSync } from "node:fs";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import type { Elaborated } from "../../compiler/frontend/index.ts";

const folder = new URL("../cases/grammar/samples/", import.meta.url);
const prelude = createPrelude();

/** Samples import each other by the names that the specification gives them: `07_moe.dlm` is the file `07-moe.dlm`. */
export const readSample = (path: string): string | null => {
  try {
    return readFileSync(new URL(path.replace(/^(\d\d)_/, "$1-"), folder), "utf8");
  } catch {
    return null;
  }
};

/** A replacement of a sample's text; the text must be there. */
export type Edit = readonly [from: string | RegExp, to: string];

/** `more` stands after the sample's own text. */
export const elaborateSample = (
  file: string,
  edits: readonly Edit[] = [],
  names?: readonly string[],
  more = "",
): Elaborated => {
  const edited = edits.reduce(
    (before, [from, to]) => {
      const after = before.replaceAll(from, to);
      if (after === before) throw new Error(`${file} does not hold ${String(from)}`);
      return after;
    },
    readSample(file) ?? "",
  );
  const text = `${edited}\n${more}`;
  return elaborate({
    entry: file,
    read: (path) => (path === file ? text : readSample(path)),
    prelude,
    ...(names === undefined ? {} : { names }),
  });
};
