// Every syntax error comes out with its text, place, label, help and fix: the folders of
// test/cases/diagnostics that start with `syntax-`.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../../grammar/parse.ts";
import { render } from "../../grammar/render.ts";

const folder = new URL("../cases/diagnostics/", import.meta.url);

describe("syntax errors", () => {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith("syntax-"))) {
    test(name.replace("syntax-", "").replaceAll("-", " "), async () => {
      const text = readFileSync(new URL(`${name}/input.dlm`, folder), "utf8");
      const { file, diagnostics } = parse({ path: "input.dlm", text });
      expect(diagnostics).not.toHaveLength(0);
      expect(file.broken).toBe(true);
      if (/^fn after/m.test(text)) {
        const after = file.decls.find((decl) => "name" in decl && decl.name.text === "after");
        expect(after).toMatchObject({ kind: "fn", broken: false });
      }
      const report = diagnostics.map((problem) => render(problem, () => text)).join("\n\n");
      await expect(`${report}\n`).toMatchFileSnapshot(`../cases/diagnostics/${name}/expected.txt`);
    });
  }
});
