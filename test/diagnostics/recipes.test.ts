// What can be wrong with a recipe comes out as one report with its text, place, labels and help: the folders of
// test/cases/diagnostics that start with `recipe-`.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import { render } from "../../grammar/render.ts";

const folder = new URL("../cases/diagnostics/", import.meta.url);
const prelude = createPrelude();

describe("errors of recipes", () => {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith("recipe-"))) {
    test(name.replace("recipe-", "").replaceAll("-", " "), async () => {
      const text = readFileSync(new URL(`${name}/input.dlm`, folder), "utf8");
      const code = /^\/\/ (DLM\d{4})/.exec(text)?.[1];
      const read = (path: string): string | null => (path === "input.dlm" ? text : null);
      const { diagnostics, files } = elaborate({ entry: "input.dlm", read, prelude });
      expect(diagnostics.map((problem) => problem.code)).toEqual([code]);
      const textOf = (path: string): string | null =>
        files.find((file) => file.path === path)?.text ?? null;
      const report = diagnostics.map((problem) => render(problem, textOf)).join("\n\n");
      await expect(`${report}\n`).toMatchFileSnapshot(`../cases/diagnostics/${name}/expected.txt`);
    });
  }
});
