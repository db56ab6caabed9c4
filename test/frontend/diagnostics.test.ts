// Every error of the checker comes out with its text, place, label, note, help and fix, and nothing beside it: the
// folders of test/cases/diagnostics that start with a code.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createPrelude, elaborate } from "../../compiler/frontend/index.ts";
import { render } from "../../grammar/render.ts";

const folder = new URL("../cases/diagnostics/", import.meta.url);
const prelude = createPrelude();

describe("errors of the checker", () => {
  for (const name of readdirSync(folder).filter((entry) => /^dlm\d{4}-/.test(entry))) {
    test(name, async () => {
      const read = (path: string): string | null => {
        const file = new URL(`${name}/${path}`, folder);
        return existsSync(file) ? readFileSync(file, "utf8") : null;
      };
      const { diagnostics, files } = elaborate({ entry: "input.dlm", read, prelude });
      expect(diagnostics.map(({ code }) => code)).toContain(name.slice(0, 7).toUpperCase());
      const textOf = (path: string): string | null =>
        files.find((file) => file.path === path)?.text ?? null;
      const report = diagnostics.map((problem) => render(problem, textOf)).join("\n\n");
      await expect(`${report}\n`).toMatchFileSnapshot(`../cases/diagnostics/${name}/expected.txt`);
    });
  }
});
