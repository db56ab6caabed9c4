// The generated copy of the library against the .dlm files it is made from.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateSources } from "../../compiler/std/generate.ts";
import { libraryIndex, librarySources } from "../../compiler/std/sources.gen.ts";
import { format } from "../../grammar/format.ts";
import { parse } from "../../grammar/parse.ts";

const generated = new URL("../../compiler/std/sources.gen.ts", import.meta.url);

test("sources.gen.ts is what generate.ts writes", () => {
  expect(readFileSync(generated, "utf8")).toBe(generateSources());
});

test("the index names the file that declares an entry", () => {
  expect(libraryIndex["Dense"]).toBe("layers.dlm");
  expect(librarySources["layers.dlm"]).toContain("block Dense(");
});

test("every declaration of the library says what it computes", () => {
  const silent = Object.entries(librarySources).flatMap(([path, text]) =>
    parse({ path, text }).file.decls.flatMap((decl) =>
      decl.kind !== "import" && decl.doc === "" ? [decl.name.text] : [],
    ),
  );
  expect(silent).toEqual([]);
});

test("every library file is in canonical format", () => {
  for (const [path, text] of Object.entries(librarySources)) {
    expect(format({ path, text })).toBe(text);
  }
});
