// Every sample program of the language parses without a report.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../../grammar/parse.ts";

const folder = new URL("../cases/grammar/samples/", import.meta.url);

describe("samples", () => {
  for (const name of readdirSync(folder)) {
    test(`${name} parses without a report`, () => {
      const text = readFileSync(new URL(name, folder), "utf8");
      const { file, diagnostics } = parse({ path: name, text });
      expect(diagnostics).toEqual([]);
      expect(file.broken).toBe(false);
      const words = text.match(/^(model|block|cell|fn|train|optimizer|import|let)\b/gm) ?? [];
      expect(file.decls).toHaveLength(words.length);
    });
  }
});
