// The generated copy of the library against the .dlm files it is made from.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { itemOf } from "../../compiler/frontend/declare.ts";
import { createPrelude } from "../../compiler/frontend/prelude.ts";
import { generateSources } from "../../compiler/std/generate.ts";
import { libraryIndex, librarySources } from "../../compiler/std/sources.gen.ts";
import { format } from "../../grammar/format.ts";
import { parse } from "../../grammar/parse.ts";

const generated = new URL("../../compiler/std/sources.gen.ts", import.meta.url);

test("sources.gen.ts is what generate.ts writes", () => {
  expect(readFileSync(generated, "utf8")).toBe(generateSources());
});

test("the index names the file that declares an entry", () => {
  expect(libraryIndex["Dense"]![0]).toBe("layers.dlm");
  expect(librarySources["layers.dlm"]).toContain("block Dense(");
});

test("a declaration is found alone as in its whole file", () => {
  const { scope } = createPrelude();
  const found = Object.entries(librarySources).flatMap(([file, text]) =>
    parse({ path: `dlm/std/${file}`, text }).file.decls.map((decl) => {
      if (decl.kind === "import") throw new Error(`${file} imports`);
      expect(scope.lookup(decl.name.text)).toEqual({
        item: itemOf(decl, scope),
        span: decl.span,
      });
      return decl.name.text;
    }),
  );
  expect(found.toSorted()).toEqual(Object.keys(libraryIndex).toSorted());
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
